import type { IncomingMessage } from 'node:http';

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;
const PORT = /:\d+$/;

/**
 * Whether a request must not be answered: it names another host (a browser that was led here by DNS rebinding sends the name
 * that it was led by), or a page of another site has made it. kubectl and client libraries send neither Origin nor Sec-Fetch-Site.
 */
export function isForeign({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>): boolean {
  const { host, origin } = headers;
  if (host === undefined || !(LOCAL.test(host) || namesAddress(host, socket.localAddress))) return true;
  if (origin !== undefined && !LOCAL.test(origin.replace(/^https?:\/\//, ''))) return true;
  return headers['sec-fetch-site'] === 'cross-site';
}

/** Who was told to serve other machines is reached by an address: a name could be anybody's, an address is its own. */
function namesAddress(host: string, localAddress: string | undefined): boolean {
  const address = host.replace(PORT, '').replace(/^\[(.*)\]$/, '$1');
  return localAddress !== undefined && address === localAddress.replace(/^::ffff:/, '');
}
