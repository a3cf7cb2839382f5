// The built page asks for the parts of its first view at once, and not each when the one before it has run.
import type { HtmlTagDescriptor, Plugin, Rollup } from 'vite';

/** The modules whose scripts and styles the first view needs, beside what index.html names itself. */
const FIRST_VIEW = ['src/ui/start.tsx', 'src/ui/session/connect.ts', 'src/ui/stage/Stage.tsx', 'src/ui/timeline/Timeline.tsx', 'src/ui/narrator/Narrator.tsx'];

type Bundle = Rollup.OutputBundle;

/** A chunk with all that it imports statically. */
function withImports(bundle: Bundle, fileName: string, found: Set<string>): void {
  const chunk = bundle[fileName];
  if (found.has(fileName) || chunk?.type !== 'chunk') return;
  found.add(fileName);
  for (const imported of chunk.imports) withImports(bundle, imported, found);
}

/** After the policy and the first script of the page. */
const link = (attrs: Readonly<Record<string, string>>): HtmlTagDescriptor => ({ tag: 'link', attrs: { ...attrs, crossorigin: true }, injectTo: 'head' });

/** Links that load the first view's scripts and styles beside each other. */
export function preloadFirstView(): Plugin {
  let base = '/';
  return {
    name: 'preload-first-view',
    apply: 'build',
    configResolved: (config) => { base = config.base; },
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((each) => each.type === 'chunk');
        const scripts = new Set<string>();
        for (const module of FIRST_VIEW) {
          const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(module));
          if (!chunk) throw new Error(`preload-first-view: there is no chunk of ${module}`);
          withImports(bundle, chunk.fileName, scripts);
        }
        const styles = new Set(chunks.filter(({ fileName }) => scripts.has(fileName)).flatMap((chunk) => [...chunk.viteMetadata?.importedCss ?? []]));
        const missing = (files: Iterable<string>): string[] => [...files].filter((file) => !html.includes(file));
        return [
          // A style sheet proper would hold the first script back.
          ...missing(styles).map((file) => link({ rel: 'preload', as: 'style', href: base + file })),
          ...missing(scripts).map((file) => link({ rel: 'modulepreload', href: base + file })),
        ];
      },
    },
  };
}
