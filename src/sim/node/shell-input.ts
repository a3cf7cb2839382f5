// What a process reads from its standard input, and when it came. A process is worked out anew whenever more has come, so
// that what it does is always a function of all its input.

/**
 * Times count from the start of the container's process. What a terminal makes of keys has no text: `interrupt` is Control-C,
 * which takes what was typed before with it, `end` Control-D, which ends what is read now and not what is read later.
 */
export interface InputPart { readonly atUs: number; readonly text: string; readonly key?: 'interrupt' | 'end' }
/** `endUs` undefined: more may come. */
export interface ProcessInput { readonly parts: readonly InputPart[]; readonly endUs: number | undefined }

export const NO_INPUT: ProcessInput = { parts: [], endUs: 0 };
export const OPEN_INPUT: ProcessInput = { parts: [], endUs: undefined };

export type Taken =
  | { readonly kind: 'text'; readonly atUs: number; readonly text: string }
  | { readonly kind: 'end' | 'interrupt'; readonly atUs: number }
  | { readonly kind: 'wait' };

/** Reads an input from its beginning. */
export class InputReader {
  private part = 0;
  private offset = 0;
  private readonly input: ProcessInput;

  constructor(input: ProcessInput) {
    this.input = input;
  }

  /** What is there, in the parts in which it came. */
  chunk(): Taken {
    const part = this.input.parts[this.part];
    if (!part) return this.nothing();
    this.part++;
    const text = part.text.slice(this.offset);
    this.offset = 0;
    if (part.key) return { kind: part.key, atUs: part.atUs };
    return text === '' ? this.chunk() : { kind: 'text', atUs: part.atUs, text };
  }

  /** Up to the next line break and with it, or what is left at the end. */
  line(): Taken {
    let text = '';
    for (let at = this.part, offset = this.offset; at < this.input.parts.length; at++, offset = 0) {
      const part = this.input.parts[at];
      if (!part) break;
      if (part.key) {
        [this.part, this.offset] = [at + 1, 0];
        return part.key === 'end' && text !== '' ? { kind: 'text', atUs: part.atUs, text } : { kind: part.key, atUs: part.atUs };
      }
      const end = part.text.indexOf('\n', offset);
      if (end >= 0) {
        [this.part, this.offset] = [at, end + 1];
        return { kind: 'text', atUs: part.atUs, text: text + part.text.slice(offset, end + 1) };
      }
      text += part.text.slice(offset);
    }
    if (this.input.endUs === undefined) return { kind: 'wait' };
    [this.part, this.offset] = [this.input.parts.length, 0];
    return text === '' ? this.nothing() : { kind: 'text', atUs: this.input.endUs, text };
  }

  /** When Control-C ends what has begun at `fromUs`, if it does until `untilUs`; the input is then read up to it. */
  interrupt(fromUs: number, untilUs: number): number | undefined {
    for (let at = this.part; at < this.input.parts.length; at++) {
      const part = this.input.parts[at];
      if (part?.key !== 'interrupt' || part.atUs < fromUs || part.atUs > untilUs) continue;
      [this.part, this.offset] = [at + 1, 0];
      return part.atUs;
    }
    return undefined;
  }

  private nothing(): Taken {
    const { endUs } = this.input;
    return endUs === undefined ? { kind: 'wait' } : { kind: 'end', atUs: endUs };
  }
}
