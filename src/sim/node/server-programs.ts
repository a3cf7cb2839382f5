// What the servers of the catalogue answer to HTTP, and what they write into their logs. A program whose answer is not known
// here says so in the answer.
import { dateParts, headerOf } from './http-text.ts';
import type { HttpAnswer, HttpAsked } from './http-text.ts';
import type { CatalogueImage } from './image-catalogue.ts';
import type { ContainerConfig } from './messages.ts';

/** Where a server runs, and what it serves. */
export interface ServedFrom {
  readonly image: CatalogueImage;
  readonly config: ContainerConfig;
  /** Of the pod. */
  readonly ip: string;
  /** The content of a file that somebody has put into the container. */
  readonly fileAt: (path: string) => string | undefined;
}

const HTML = 'text/html';
const TEXT = 'text/plain; charset=utf-8';
/** Not HTTP, as everybody knows. */
const OTHER_PROTOCOLS = /\/(?:redis|memcached|postgres|mysql|mariadb|mongo|rabbitmq)$/;

const page = (title: string, more = ''): string => `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n${more}</body>\n</html>\n`;

export function speaksHttp({ repository }: CatalogueImage, port: number): boolean {
  return !OTHER_PROTOCOLS.test(repository) || port === 15_672;
}

/** The text after the last `/` of a repository. */
function programOf({ repository }: CatalogueImage): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

/** How the server calls itself in its answers. */
export function serverName(image: CatalogueImage, { image: name }: ContainerConfig): string {
  const version = /:v?(\d+(?:\.\d+)*)/.exec(name)?.[1];
  const withVersion = (program: string): string => (version === undefined ? program : `${program}/${version}`);
  switch (image.accessLog) {
    case 'nginx': return withVersion('nginx');
    case 'apache': return `${withVersion('Apache')} (Unix)`;
    default: return '';
  }
}

/** What is answered to a request that the process takes with `status`, which is 404 for paths that it does not serve. */
export function answerHttp(status: number, asked: HttpAsked, from: ServedFrom): HttpAnswer {
  const path = asked.path.split('?')[0] ?? '/';
  const root = from.image.accessLog === 'apache' ? '/usr/local/apache2/htdocs' : '/usr/share/nginx/html';
  const file = from.image.accessLog && status < 500 ? from.fileAt(root + (path.endsWith('/') ? `${path}index.html` : path)) : undefined;
  if (file !== undefined) return { status: 200, type: HTML, body: file };
  if (status !== 200) return { status, type: HTML, body: failureOf(status, from) };
  return { status, ...bodyOf(asked, from) };
}

function failureOf(status: number, { image, config }: ServedFrom): string {
  const text = status === 404 ? '404 Not Found' : status === 503 ? '503 Service Temporarily Unavailable' : '500 Internal Server Error';
  return image.accessLog === 'nginx' ? `<html>\r\n<head><title>${text}</title></head>\r\n<body>\r\n<center><h1>${text}</h1></center>\r\n<hr><center>${serverName(image, config)}</center>\r\n</body>\r\n</html>\r\n` : page(text);
}

function bodyOf(asked: HttpAsked, { image, config, ip }: ServedFrom): Omit<HttpAnswer, 'status'> {
  const program = programOf(image);
  switch (program) {
    case 'nginx': case 'nginx-unprivileged': case 'nginx-slim': return { type: HTML, body: contentOf(config) ?? page('Welcome to nginx!', '<p>The web server of this simulated container is running.</p>\n') };
    case 'httpd': return { type: HTML, body: contentOf(config) ?? '<html><body><h1>It works!</h1></body></html>\n' };
    case 'whoami': return { type: TEXT, body: whoAmI(asked, config, ip) };
    case 'http-echo': return { type: TEXT, body: `${echoed(config.args)}\n` };
    case 'hello-app': return { type: TEXT, body: `Hello, world!\nVersion: ${/:2/.test(config.image) ? '2.0.0' : '1.0.0'}\nHostname: ${config.hostname}\n` };
    case 'node-hello': return { type: TEXT, body: 'Hello Kubernetes!' };
    case 'kubernetes-bootcamp': return { type: TEXT, body: `Hello Kubernetes bootcamp! | Running on: ${config.hostname} | v=${/:v?(\d)/.exec(config.image)?.[1] ?? '1'}\n` };
    case 'hpa-example': return { type: HTML, body: 'OK!' };
    case 'agnhost': return { type: TEXT, body: `${config.hostname}${asked.path === '/' ? '' : '\n'}` };
    default: return { type: TEXT, body: `Wheelhouse does not simulate what ${config.image} answers: the request has come to ${config.hostname}.\n` };
  }
}

/** What a volume brings is not known to the machine. */
function contentOf({ mountPaths, hostname }: ContainerConfig): string | undefined {
  return mountPaths.some((path) => /html|htdocs/.test(path)) ? `<p>Wheelhouse does not simulate the files of volumes: the request has come to ${hostname}.</p>\n` : undefined;
}

function whoAmI(asked: HttpAsked, { hostname }: ContainerConfig, ip: string): string {
  const headers = asked.headers.filter(([name]) => name.toLowerCase() !== 'host').map(([name, value]) => `${name}: ${value}\n`).join('');
  return `Hostname: ${hostname}\nIP: 127.0.0.1\nIP: ${ip}\nRemoteAddr: 127.0.0.1:40000\n${asked.method} ${asked.path} HTTP/1.1\nHost: ${headerOf(asked, 'host')}\n${headers}\n`;
}

function echoed(args: readonly string[]): string {
  return args.find((word) => /^--?text=/.test(word))?.replace(/^--?text=/, '') ?? args[args.findIndex((word) => /^--?text$/.test(word)) + 1] ?? 'hello-world';
}

// ---- logs ----

/** A request in a server's log. */
export interface Access { readonly unixUs: number; readonly client: string; readonly request: string; readonly status: number; readonly agent: string }

/** As nginx's format `main`, or as httpd's common log format. */
export function accessLine(kind: 'nginx' | 'apache', { unixUs, client, request, status, agent }: Access, bytes: number): string {
  const { day, month, year, time } = dateParts(unixUs);
  const common = `${client} - - [${day}/${month}/${year}:${time} +0000] "${request}" ${status} ${bytes}`;
  return kind === 'nginx' ? `${common} "-" "${agent}" "-"` : common;
}

/** What a server says when it starts: the first microseconds of its life. */
export function startLines(image: CatalogueImage, config: ContainerConfig, startedUnixUs: number): readonly string[] {
  const { day, month, monthNumber, year, time } = dateParts(startedUnixUs);
  switch (programOf(image)) {
    case 'nginx': case 'nginx-unprivileged': {
      const notice = `${year}/${monthNumber}/${day} ${time} [notice] 1#1: `;
      return ['/docker-entrypoint.sh: Configuration complete; ready for start up', `${notice}using the "epoll" event method`, `${notice}${serverName(image, config)}`, `${notice}start worker processes`];
    }
    case 'httpd': return [`[${month} ${day} ${time} ${year}] [core:notice] [pid 1:tid 1] AH00094: Command line: 'httpd -D FOREGROUND'`];
    default: return [];
  }
}
