// The page's end of the bridge (development server only): requests of kubectl in a terminal come over the module reloader's
// socket, and the world's answers go back the same way.
import i18next from 'i18next';
import type { ViteHotContext } from 'vite/types/hot.js';
import { useWorld, world } from '../../view/store.ts';
import type { HttpRequest, Sent } from '../../worker/protocol.ts';
import { notify } from '../shared/notices.ts';

interface Arrived { readonly connection: string; readonly http: HttpRequest }

/** At most one notice in this time that a client waits. */
const NOTICE_MS = 20_000;

export function connectBridge(hot: ViteHotContext): void {
  let noticedMs = -Infinity;
  const unready = (connection: string): void => hot.send('wheelhouse:answers', [{ connection, type: 'unready' }]);
  const tellOfWaiting = (fare: 'answered' | 'playing' | 'held'): void => {
    if (fare !== 'held' || performance.now() - noticedMs < NOTICE_MS) return;
    noticedMs = performance.now();
    notify(i18next.t('world.clientWaits', { ns: 'errors' }));
  };
  world.onAnswers((answers) => hot.send('wheelhouse:answers', answers));
  hot.on('wheelhouse:request', ({ connection, http }: Arrived) => {
    if (useWorld.getState().status !== 'ready') return unready(connection);
    world.request(connection, http).then(tellOfWaiting, () => unready(connection));
  });
  hot.on('wheelhouse:sent', ({ connection, sent }: { readonly connection: string; readonly sent: Sent }) => void world.sendOn(connection, sent).catch(() => undefined));
  hot.on('wheelhouse:gone', ({ connection }: { readonly connection: string }) => void world.hangUp(connection).catch(() => undefined));
  const hello = (): void => hot.send('wheelhouse:hello', {});
  hot.on('vite:ws:connect', hello);
  hello();
}
