// HTTP/1.1 as text: the requests in what a client has sent so far, and answers.
import { bytesOfText, textOfBytes } from '../../base/byte-text.ts';
import { formatTime } from '../../base/time.ts';

export interface HttpAsked {
  readonly method: string;
  readonly path: string;
  readonly version: string;
  /** As they were sent, names too. */
  readonly headers: readonly (readonly [string, string])[];
}
/** `rest` is not a whole request yet. `isHttp` false: it never will be one. */
export interface HttpRead { readonly requests: readonly HttpAsked[]; readonly rest: string; readonly isHttp: boolean }

const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const DAY_US = 86_400_000_000;

export function headerOf({ headers }: HttpAsked, name: string): string {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1] ?? '';
}

/** Whether the connection stays open after the answer. */
export function keepsOpen(asked: HttpAsked): boolean {
  const connection = headerOf(asked, 'connection').toLowerCase();
  return asked.version === 'HTTP/1.1' ? connection !== 'close' : connection === 'keep-alive';
}

export function readHttp(sent: string): HttpRead {
  const requests: HttpAsked[] = [];
  let rest = sent;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    const line = /^([A-Z]+) (\S+) (HTTP\/1\.[01])(?:\r\n|$)/.exec(rest);
    if (end < 0) return { requests, rest, isHttp: rest === '' || /^[A-Z]{1,10}(?: |$)/.test(rest) };
    if (!line) return { requests, rest, isHttp: false };
    const headers = rest.slice(line[0].length, end).split('\r\n').flatMap((each) => {
      const colon = each.indexOf(':');
      return colon < 0 ? [] : [[each.slice(0, colon), each.slice(colon + 1).trim()] as const];
    });
    const asked: HttpAsked = { method: line[1] ?? '', path: line[2] ?? '', version: line[3] ?? '', headers };
    const after = bodyEnd(rest.slice(end + 4), asked);
    if (after === undefined) return { requests, rest, isHttp: true };
    requests.push(asked);
    rest = after;
  }
}

/** What comes after a request's body; undefined if that has not come as a whole. */
function bodyEnd(text: string, asked: HttpAsked): string | undefined {
  if (headerOf(asked, 'transfer-encoding').toLowerCase() === 'chunked') {
    const end = text.indexOf('0\r\n\r\n');
    return end < 0 ? undefined : text.slice(end + 5);
  }
  const length = Number(headerOf(asked, 'content-length')) || 0;
  if (length === 0) return text;
  const bytes = bytesOfText(text);
  return bytes.length < length ? undefined : textOfBytes(bytes.subarray(length));
}

const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 400: 'Bad Request', 404: 'Not Found', 405: 'Method Not Allowed', 500: 'Internal Server Error', 503: 'Service Unavailable' };

export interface HttpAnswer { readonly status: number; readonly type: string; readonly body: string }

export function writeHttp({ status, type, body }: HttpAnswer, asked: HttpAsked, server: string, unixUs: number): string {
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ''}`, ...(server === '' ? [] : [`Server: ${server}`]), `Date: ${httpDate(unixUs)}`, `Content-Type: ${type}`,
    `Content-Length: ${bytesOfText(body).length}`, `Connection: ${keepsOpen(asked) ? 'keep-alive' : 'close'}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${asked.method === 'HEAD' ? '' : body}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Day, month's name, year and time of day. */
export function dateParts(unixUs: number): { readonly day: string; readonly month: string; readonly year: string; readonly time: string; readonly monthNumber: string } {
  const [, year = '', month = '1', day = '', time = ''] = /^(\d+)-(\d+)-(\d+)T(\d\d:\d\d:\d\d)/.exec(formatTime(unixUs)) ?? [];
  return { day, month: MONTHS[Number(month) - 1] ?? '', year, time, monthNumber: month };
}

function httpDate(unixUs: number): string {
  const { day, month, year, time } = dateParts(unixUs);
  return `${DAYS[Math.floor(unixUs / DAY_US) % 7]}, ${day} ${month} ${year} ${time} GMT`;
}
