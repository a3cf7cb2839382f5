import type { Language } from '../../../i18n/index.ts';
import type en from '../../../i18n/en/samples.ts';

/** A manifest that shows one thing. Its title and what to watch are in the `samples` texts under its id. */
export interface Sample {
  readonly id: keyof typeof en;
  readonly fileName: string;
  /** The manifest; a line `#1` stands for the first of `comments`, at the same indentation. */
  readonly manifest: string;
  readonly comments: Readonly<Record<Language, readonly string[]>>;
}

/** The manifest with its comments in one language. */
export function sampleText({ manifest, comments }: Sample, language: Language): string {
  return manifest.replace(/#(\d+)$/gm, (mark, number: string) => {
    const comment = comments[language][Number(number) - 1];
    return comment === undefined ? mark : `# ${comment}`;
  });
}
