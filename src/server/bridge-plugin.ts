// The bridge of the development server: `kubectl --server http://127.0.0.1:5173/cluster` reaches the world of the open page.
import type { Plugin } from 'vite';
import type * as bridgeModule from './bridge.ts';

const PREFIX = '/cluster';

/** Only in development; what it needs is loaded with the first request. */
export function bridge(): Plugin {
  return {
    name: 'cluster-bridge',
    apply: 'serve',
    configureServer(server) {
      let loaded: Promise<bridgeModule.Bridge> | undefined;
      const pages = new Set<bridgeModule.Page>();
      const load = (): Promise<bridgeModule.Bridge> => {
        loaded ??= (server.ssrLoadModule('/src/server/bridge.ts') as Promise<typeof bridgeModule>).then((module) => new module.Bridge(pages));
        return loaded;
      };
      server.ws.on('wheelhouse:hello', (_: unknown, page) => void pages.add(page));
      server.ws.on('vite:client:disconnect', (_, page) => {
        if (pages.delete(page)) void load().then((found) => found.leave(page));
      });
      server.ws.on('wheelhouse:answers', (answers: readonly bridgeModule.PageAnswer[]) => void load().then((found) => found.hear(answers)));
      server.middlewares.use(PREFIX, (request, response, next) => void load().then((found) => found.handle(request, response), next));
      server.httpServer?.on('upgrade', (request, socket, head) => {
        const url = request.url ?? '';
        if (url.startsWith(`${PREFIX}/`)) void load().then((found) => found.upgrade(request, url.slice(PREFIX.length), socket, head));
      });
    },
  };
}
