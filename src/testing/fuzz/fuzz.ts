// Throws random requests at a simulated API server and looks at what must hold whatever a client sends.
import { Prng } from '../../base/prng.ts';
import { decodeValue } from '../../sim/api/decode.ts';
import type { JsonObject } from '../../sim/api/generated/types.ts';
import type { Kind } from '../../sim/api/kind.ts';
import type { ApiObject, FieldError } from '../../sim/api/meta.ts';
import { byKind } from '../../sim/api/kinds/index.ts';
import type { HttpResponse } from '../../sim/apiserver/http/present.ts';
import type { HttpRequest } from '../../sim/apiserver/http/request.ts';
import { schemaOf } from '../../sim/api/schema.ts';
import type { EtcdState } from '../../sim/etcd/actor.ts';
import { ETCD } from '../../sim/etcd/messages.ts';
import { exchange } from '../../server/exchange.ts';
import { WorldServer } from '../../server/world-server.ts';
import { equal, isPlain } from '../parity/controllers/json.ts';
import type { Scenario } from '../parity/api/scenario.ts';
import { RequestSource } from './requests.ts';

const WATCHES_MAX = 20;
/** The whole store is looked at so often. */
const CHECK_EVERY = 500;
const PROBLEMS_MAX = 20;

export interface FuzzResult {
  readonly requests: number;
  /** How many answers had each status; 0: a watch. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly objects: number;
  readonly problems: readonly string[];
}

/** Sends `count` requests. Equal seeds send the same ones. */
export function fuzz(seed: number, count: number, scenarios: readonly Scenario[]): FuzzResult {
  const run = new Run(seed, scenarios);
  for (let i = 0; i < count && run.problems.length < PROBLEMS_MAX; i++) {
    run.step();
    if (i % CHECK_EVERY === CHECK_EVERY - 1) run.checkStore();
  }
  run.checkStore();
  return { requests: count, statuses: run.statuses, objects: run.objects, problems: run.problems };
}

class Run {
  readonly problems: string[] = [];
  /** Beginnings of the problems: the same one is told once. */
  private readonly told = new Set<string>();
  readonly statuses: Record<string, number> = {};
  objects = 0;
  private readonly world: WorldServer;
  private readonly source: RequestSource;
  private readonly watches: number[] = [];

  constructor(seed: number, scenarios: readonly Scenario[]) {
    this.world = new WorldServer({ seed, components: ['apiserver'], nodes: [], options: {} });
    this.source = new RequestSource(Prng.stream(seed, 'fuzz'), scenarios);
    for (const [path, kind, name] of [['/api/v1/namespaces', 'Namespace', 'fuzz'], ['/api/v1/namespaces/fuzz/serviceaccounts', 'ServiceAccount', 'default']] as const) {
      const body = JSON.stringify({ apiVersion: 'v1', kind, metadata: { name } });
      this.send({ method: 'POST', url: path, headers: {}, body, credentials: { user: 'admin', groups: ['system:masters'] } });
    }
  }

  step(): void {
    const request = this.source.next();
    const before = this.revision();
    const outcome = this.send(request);
    const why = typeof outcome === 'string' ? outcome : this.judge(request, outcome, before);
    if (why !== undefined) this.tell(`${why}\n  ${request.method} ${request.url} ${JSON.stringify(request.headers)}\n  ${request.body.slice(0, 2000)}`);
    while (this.watches.length > WATCHES_MAX) this.world.stop(this.watches.shift() ?? 0);
  }

  /** The answers, or what went wrong on the way. */
  private send(request: HttpRequest): readonly HttpResponse[] | string {
    const answers: HttpResponse[] = [];
    let ended = false;
    try {
      const watch = exchange(this.world, request, { answer: (answer) => { answers.push(answer); }, line: (line, type) => { if (line !== '' && type === 'application/json') JSON.parse(line); }, end: () => { ended = true; } });
      if (watch) this.watches.push(watch.requestId);
      if (answers.length !== (watch || ended ? 0 : 1)) return `${answers.length} answers`;
    } catch (error) {
      return `thrown: ${error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 6).join('\n  ') : String(error)}`;
    }
    const status = String(answers[0]?.status ?? 0);
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    return answers;
  }

  private judge({ method, url, headers, body: sent }: HttpRequest, [answer]: readonly HttpResponse[], before: number): string | undefined {
    if (!answer) return undefined;
    const { status, body } = answer;
    const changed = this.revision() !== before;
    if (changed && (method === 'GET' || method === 'HEAD' || (/dryRun=All(&|$)/.test(url) && (method !== 'DELETE' || sent === ''))) && this.writtenSince(before) !== undefined) return `${status}: nothing may change`;
    if (status < 400) return undefined;
    // A collection is deleted object by object; and a form that an answer cannot have is noticed when it is written.
    const isForm = status === 406 || url.includes('includeObject');
    if (changed && method !== 'DELETE' && !isForm) {
      const key = this.writtenSince(before);
      if (key !== undefined) return `${status}, but ${key} was written`;
    }
    // Paths that no server knows are answered by none.
    if (method === 'HEAD' || (status === 404 && (body === '' || body === '404 page not found\n'))) return undefined;
    if ((headers['accept'] ?? '').includes('yaml') && !body.startsWith('{')) return /^kind: Status$/m.test(body) ? undefined : `${status} without a Status: ${body.slice(0, 300)}`;
    const value = JSON.parse(body) as unknown;
    if (!isPlain(value) || value['kind'] !== 'Status' || value['code'] !== status || typeof value['message'] !== 'string') return `${status} without a Status: ${body.slice(0, 300)}`;
    const isOurs = /Cannot read prop|is not a function|is not iterable|call stack|BigInt/.test(value['message']);
    return isOurs ? `${status}: ${value['message'].slice(0, 500)}` : undefined;
  }

  private store(): EtcdState['store'] {
    return (this.world.kernel.stateOf(ETCD) as EtcdState).store;
  }

  private revision(): number {
    return this.store().revision;
  }

  /** What was written since, but for quotas, which are charged before an object is made, and what the server writes by itself. */
  private writtenSince(revision: number): string | undefined {
    const own = ['/registry/resourcequotas/', '/registry/apiextensions.k8s.io/customresourcedefinitions/', '/registry/apiregistration.k8s.io/', '/registry/flowschemas/'];
    return (this.store().eventsSince('/', revision + 1) ?? []).find(({ kv }) => !own.some((prefix) => kv.key.startsWith(prefix)))?.kv.key;
  }

  private tell(problem: string): void {
    const beginning = problem.slice(0, 120);
    if (!this.told.has(beginning)) this.problems.push(problem);
    this.told.add(beginning);
  }

  /** Every stored object reads back as it is, and its own kind finds nothing wrong with it. */
  checkStore(): void {
    this.world.advance(0);
    const { kvs } = this.store().range('/registry/', '/registry0', 0, 0);
    this.objects = kvs.length;
    for (const { key, value } of kvs) {
      const kind = byKind(value.apiVersion, value.kind);
      if (!kind) continue;
      const decoded = decodeValue(value as unknown as JsonObject, schemaOf(kind.schema), true);
      if (!decoded.ok) this.tell(`${key} does not decode: ${decoded.message}`);
      else if (!equal(decoded.value, value)) this.tell(`${key} reads back differently: ${JSON.stringify(value).slice(0, 1500)}`);
      else if (decoded.strictErrors.length > 0) this.tell(`${key}: ${decoded.strictErrors.join(', ')}`);
      const [error] = validationOf(kind, value);
      if (error) this.tell(`${key} is not valid: ${error.path}: ${error.message}\n  ${JSON.stringify(value).slice(0, 1500)}`);
    }
  }
}

function validationOf(kind: Kind, value: ApiObject): readonly FieldError[] {
  try {
    return kind.validateUpdate(value, value);
  } catch (error) {
    return [{ type: 'InternalError', path: '', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }];
  }
}
