// What commands know of the files of a container: those that its processes have made, changed or taken away. What the image
// brought is not simulated: such a file is taken to be there, with nothing to be read from it.

/** What happened to a path; times count from the start of the container's process. */
export interface FileEvent {
  readonly path: string;
  readonly atUs: number;
  /** undefined: it is gone. A folder has no content; a file's is unknown when a program that is not simulated made it. */
  readonly is: 'file' | 'folder' | undefined;
  readonly content: string | undefined;
  /** Which process did it: 0 is the container's own, any other the stream of a command. */
  readonly by: number;
}

/** Histories do not grow for ever: a loop that writes a file is followed so many times. */
const EVENTS_MAX = 400;
/** Of an image these are folders. */
const FOLDERS = /^\/(?:(?:bin|dev|etc|home|lib|lib64|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)?|usr\/(?:bin|lib|local|sbin|share)|usr\/share\/nginx(?:\/html)?|usr\/local\/(?:bin|lib|apache2(?:\/htdocs)?)|var\/(?:cache|lib|log|run|spool|tmp|www(?:\/html)?)|etc\/nginx(?:\/conf\.d)?)$/;
const BEGIN_EMPTY = /^\/(?:tmp|run|var\/run)\//;
const ROOT = ['bin', 'dev', 'etc', 'home', 'proc', 'root', 'sys', 'tmp', 'usr', 'var'];

/** `/a/../b/` as `/b`, from a folder. */
export function absolute(path: string, from: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${from}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

export class Files {
  /** Of the process that asks. */
  readonly made: FileEvent[] = [];
  private readonly before: readonly FileEvent[];
  private readonly by: number;
  private readonly mounts: readonly string[];

  constructor(before: readonly FileEvent[], by: number, mounts: readonly string[]) {
    this.before = before;
    this.by = by;
    this.mounts = mounts;
  }

  /** The latest thing that happened to a path. */
  private latest(path: string, atUs: number): FileEvent | undefined {
    let found: FileEvent | undefined;
    for (const events of [this.before, this.made]) {
      for (const event of events) if (event.path === path && event.atUs <= atUs && event.atUs >= (found?.atUs ?? 0)) found = event;
    }
    return found;
  }

  /** Files that no command made are taken to be there, unless under folders that begin empty. */
  exists(path: string, atUs: number): boolean {
    const latest = this.latest(path, atUs);
    return latest ? latest.is !== undefined : !BEGIN_EMPTY.test(path) || this.isFolder(path, atUs);
  }

  isFolder(path: string, atUs: number): boolean {
    const latest = this.latest(path, atUs);
    if (latest) return latest.is === 'folder';
    return FOLDERS.test(path) || this.mounts.includes(path) || this.below(path, atUs).length > 0;
  }

  /** Whether somebody made it: then it is known what it is. */
  isKnown(path: string, atUs: number): boolean {
    return this.latest(path, atUs)?.is !== undefined;
  }

  contentOf(path: string, atUs: number): string | undefined {
    return this.latest(path, atUs)?.content;
  }

  write(path: string, content: string | undefined, atUs: number): void {
    this.put({ path, atUs, is: 'file', content, by: this.by });
  }

  makeFolder(path: string, atUs: number): void {
    if (!this.isFolder(path, atUs)) this.put({ path, atUs, is: 'folder', content: undefined, by: this.by });
  }

  /** Takes a path away, with all below it. */
  remove(path: string, atUs: number): void {
    for (const each of [path, ...this.below(path, atUs)]) this.put({ path: each, atUs, is: undefined, content: undefined, by: this.by });
  }

  private put(event: FileEvent): void {
    if (this.made.length < EVENTS_MAX) this.made.push(event);
  }

  /** All paths below a folder that somebody made. */
  below(folder: string, atUs: number): readonly string[] {
    const prefix = folder === '/' ? '/' : `${folder}/`;
    const paths = new Set([...this.before, ...this.made].map(({ path }) => path).filter((path) => path.startsWith(prefix)));
    return [...paths].filter((path) => this.latest(path, atUs)?.is !== undefined).sort();
  }

  /** Names in a folder, as far as they are known. */
  list(folder: string, atUs: number): readonly string[] {
    const start = folder === '/' ? 1 : folder.length + 1;
    return [...new Set([...(folder === '/' ? ROOT : []), ...this.below(folder, atUs).map((path) => path.slice(start).split('/')[0] ?? '')])].sort();
  }
}
