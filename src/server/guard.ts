const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i;

/** A browser that was led here under another name (DNS rebinding) sends that name. */
export function isAllowedHost(host: string | undefined): boolean {
  return host !== undefined && LOCAL.test(host);
}

/** Pages of other sites send their origin; kubectl and client libraries send none. */
export function isAllowedOrigin(origin: string | undefined): boolean {
  return origin === undefined || LOCAL.test(origin.replace(/^https?:\/\//, ''));
}
