// The small programs that every image with a shell has: they print, read, make, copy and pack files.
import { formatDate } from '../../base/time.ts';
import { absolute } from './shell-files.ts';
import type { Files } from './shell-files.ts';
import { packTar, unpackTar } from './tar.ts';
import type { TarEntry } from './tar.ts';
import { filesOf, filters } from './text-tools.ts';

/** What a program finds: its files and streams, and where it runs. */
export interface ToolProcess {
  readonly nowUs: number;
  readonly files: Files;
  readonly folder: string;
  readonly hostname: string;
  /** When the container started, in microseconds since 1970. */
  readonly startedUnixUs: number;
  readonly hasTar: boolean;
  /** Nothing it does counts any more: it waits, was interrupted or has to end. */
  readonly over: boolean;
  emit(text: string, to?: 'out' | 'err'): void;
  /** The next part of what can be read; undefined at the end, or when `over`. */
  chunk(): string | undefined;
  /** Runs until it is stopped. */
  goOn(): void;
  /** What a shell makes of a word before the program sees it. */
  expand(text: string): string;
}

const NOT_FOUND = 127;

/** Runs such a program; its exit code, or undefined if it is none of them. */
export function runTool(name: string, args: readonly string[], process: ToolProcess): number | undefined {
  const paths = args.filter((word) => !word.startsWith('-'));
  const at = (path: string): string => absolute(path, process.folder);
  switch (name) {
    case 'echo': return print(process, process.expand(args.filter((word) => word !== '-n' && word !== '-e').join(' ')), args.includes('-n') ? '' : '\n');
    case 'printf': return print(process, formatted(process, args), '');
    case 'date': return print(process, dateOf(process));
    case 'whoami': return print(process, 'root');
    case 'hostname': return print(process, process.hostname);
    case 'pwd': return print(process, process.folder);
    case 'seq': return print(process, counted(paths.map(Number)), '');
    case 'tar': return tar(process, args);
    case 'touch': for (const path of paths) if (!process.files.isKnown(at(path), process.nowUs)) process.files.write(at(path), '', process.nowUs); return 0;
    case 'mkdir': for (const path of paths) process.files.makeFolder(at(path), process.nowUs); return 0;
    case 'rm': for (const path of paths) process.files.remove(at(path), process.nowUs); return 0;
    case 'cp': case 'mv': return copy(process, name, paths);
    case 'tee': return tee(process, args);
    case 'cat': return cat(process, paths);
    case 'ls': return list(process, paths);
    case 'stat': return complain(process, missing(process, name, paths)) ?? 0;
    case 'tail': return args.some((word) => /^-\w*[fF]/.test(word)) ? follow(process, paths) : filter(process, name, args);
    default: return filters[name] ? filter(process, name, args) : undefined;
  }
}

export function dateOf({ startedUnixUs, nowUs }: Pick<ToolProcess, 'startedUnixUs' | 'nowUs'>): string {
  return formatDate(startedUnixUs + nowUs);
}

function print(process: ToolProcess, text: string, end = '\n'): number {
  process.emit(text + end);
  return 0;
}

/** 1 with a message on the error stream; undefined if there is nothing to complain of. */
function complain(process: ToolProcess, message: string | undefined): number | undefined {
  if (message === undefined) return undefined;
  process.emit(`${message}\n`, 'err');
  return 1;
}

/** printf's directives of text and numbers, and its escapes. */
function formatted(process: ToolProcess, [format = '', ...values]: readonly string[]): string {
  let next = 0;
  const filled = format.replaceAll(/%[sd]/g, () => values[next++] ?? '');
  return process.expand(filled).replaceAll(/\\([nt\\])/g, (_, letter: string) => (letter === 'n' ? '\n' : letter === 't' ? '\t' : '\\'));
}

function counted(numbers: readonly number[]): string {
  const [first, last] = numbers.length > 1 ? [numbers[0] ?? 1, numbers.at(-1) ?? 0] : [1, numbers[0] ?? 0];
  return Array.from({ length: Math.max(0, Math.min(10_000, last - first + 1)) }, (_, i) => `${first + i}\n`).join('');
}

// ---- reading ----

function readAll(process: ToolProcess): string {
  let text = '';
  for (let part = process.chunk(); part !== undefined; part = process.chunk()) text += part;
  return text;
}

/** What a program says of the first path that is not there. */
function missing({ files, nowUs, folder }: ToolProcess, name: string, paths: readonly string[]): string | undefined {
  const path = paths.find((each) => each !== '-' && !files.exists(absolute(each, folder), nowUs));
  if (path === undefined) return undefined;
  return name === 'cat' || name === 'stat' ? `${name}: can't ${name === 'cat' ? 'open' : 'stat'} '${path}': No such file or directory` : `${name}: ${path}: No such file or directory`;
}

/** The text of files, one after the other; of '-' what can be read. */
function textOf(process: ToolProcess, paths: readonly string[]): string {
  return paths.map((path) => (path === '-' ? readAll(process) : process.files.contentOf(absolute(path, process.folder), process.nowUs) ?? '')).join('');
}

function cat(process: ToolProcess, paths: readonly string[]): number {
  if (paths.length > 0) {
    const failed = complain(process, missing(process, 'cat', paths));
    if (failed === undefined) process.emit(textOf(process, paths));
    return failed ?? 0;
  }
  for (let part = process.chunk(); part !== undefined; part = process.chunk()) process.emit(part);
  return 0;
}

function filter(process: ToolProcess, name: string, args: readonly string[]): number {
  const paths = filesOf(name, args);
  const failed = complain(process, missing(process, name, paths));
  if (failed !== undefined) return failed;
  const text = paths.length > 0 ? textOf(process, paths) : readAll(process);
  if (process.over) return 0;
  const found = filters[name]?.(args, text);
  if (found) process.emit(found.text);
  complain(process, found?.error);
  return found?.exitCode ?? 0;
}

function follow(process: ToolProcess, paths: readonly string[]): number {
  const failed = complain(process, missing(process, 'tail', paths));
  if (failed !== undefined) return failed;
  process.emit(textOf(process, paths));
  process.goOn();
  return 0;
}

function list(process: ToolProcess, paths: readonly string[]): number {
  const failed = complain(process, missing(process, 'ls', paths));
  if (failed !== undefined) return failed;
  for (const path of paths.length > 0 ? paths : ['.']) {
    const place = absolute(path, process.folder);
    const names = process.files.isFolder(place, process.nowUs) ? process.files.list(place, process.nowUs) : [path];
    process.emit(names.map((name) => `${name}\n`).join(''));
  }
  return 0;
}

// ---- writing ----

function tee(process: ToolProcess, args: readonly string[]): number {
  const text = readAll(process);
  if (process.over) return 0;
  process.emit(text);
  for (const path of args.filter((word) => !word.startsWith('-'))) {
    const place = absolute(path, process.folder);
    process.files.write(place, (args.includes('-a') ? process.files.contentOf(place, process.nowUs) ?? '' : '') + text, process.nowUs);
  }
  return 0;
}

function copy(process: ToolProcess, name: 'cp' | 'mv', paths: readonly string[]): number {
  const [from = '', to = ''] = paths;
  const failed = complain(process, missing(process, name, [from]));
  if (failed !== undefined) return failed;
  const { files, nowUs, folder } = process;
  const source = absolute(from, folder);
  const target = absolute(to, folder);
  const place = files.isFolder(target, nowUs) ? absolute(source.slice(source.lastIndexOf('/') + 1), target) : target;
  files.write(place, files.contentOf(source, nowUs), nowUs);
  if (name === 'mv') files.remove(source, nowUs);
  return 0;
}

// ---- archives ----

/** `tar cf - PATH…` and `tar xf - [-C FOLDER]`: what kubectl cp runs. */
function tar(process: ToolProcess, args: readonly string[]): number {
  if (!process.hasTar) {
    process.emit('sh: tar: not found\n', 'err');
    return NOT_FOUND;
  }
  const option = (args[0] ?? '').replace(/^-/, '');
  const change = args.indexOf('-C');
  const folder = change < 0 ? process.folder : absolute(args[change + 1] ?? '', process.folder);
  if (option.includes('x')) return unpack(process, folder);
  const paths = args.slice(1).filter((word, i, all) => word !== '-' && word !== '-C' && all[i - 1] !== '-C');
  return option.includes('c') ? pack(process, folder, paths) : complain(process, `tar: unsupported option ${option}`) ?? 1;
}

function unpack(process: ToolProcess, folder: string): number {
  const text = readAll(process);
  if (process.over) return 0;
  const entries = unpackTar(text);
  if (!entries) return complain(process, 'tar: invalid tar header checksum') ?? 1;
  for (const { name, content } of entries) {
    const path = absolute(name, folder);
    if (content === undefined) process.files.makeFolder(path, process.nowUs);
    else process.files.write(path, content, process.nowUs);
  }
  return 0;
}

function pack(process: ToolProcess, folder: string, paths: readonly string[]): number {
  const { files, nowUs, startedUnixUs } = process;
  const entries: TarEntry[] = [];
  for (const path of paths) {
    const top = absolute(path, folder);
    if (!files.exists(top, nowUs)) return complain(process, `tar: ${path}: No such file or directory\ntar: error exit delayed from previous errors`) ?? 1;
    const known = [top, ...files.below(top, nowUs)].filter((each) => files.isKnown(each, nowUs));
    if (known.length === 0) return complain(process, `tar: ${path}: Wheelhouse does not simulate the files of an image`) ?? 1;
    // As tar does, names are kept as they were given, without what would make them absolute.
    for (const each of known) entries.push({ name: `${path}${each.slice(top.length)}`.replace(/^\/+/, ''), content: files.isFolder(each, nowUs) ? undefined : files.contentOf(each, nowUs) ?? '' });
  }
  process.emit(packTar(entries, (startedUnixUs + nowUs) / 1_000_000));
  return 0;
}
