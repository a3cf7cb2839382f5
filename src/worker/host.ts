import type { OpenApiSource } from '../sim/apiserver/config.ts';
import { CLUSTER, isPowered } from '../sim/cluster.ts';
import type { Boot, ClusterState } from '../sim/cluster.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';
import { ETCD } from '../sim/etcd/messages.ts';
import { Session } from '../sim/session.ts';
import { createWorld } from '../sim/world.ts';
import { kubectlActor, outputOf } from '../kubectl/actor.ts';
import type { KubectlState } from '../kubectl/actor.ts';
import { KUBECTL } from '../kubectl/messages.ts';
import { answer } from './answers.ts';
import { componentFacts } from './component-facts.ts';
import { translate } from './inputs.ts';
import { collectMarks } from './marks.ts';
import { narrate } from './narrate.ts';
import { Picture } from './picture.ts';
import { advance, lastShown, stepBack, stepForward } from './stepper.ts';
import type { Moved } from './stepper.ts';
import type { Translated } from '../sim/apiserver/http/request.ts';
import { IN_THE_PAST, Terminal, askCopy, isRead, refused, translateHttp } from './terminal.ts';
import { PROTOCOL_VERSION } from './protocol.ts';
import type { Command, CommandOutput, HttpRequest, PictureChange, Reply, Sent, SavedSession, SessionInput, Update, UserInput, WorldConfig } from './protocol.ts';

/** A booting cluster that says nothing for this long has come up. */
const BOOT_QUIET_US = 12_000_000;
const NOTHING_MOVED: Moved = { beat: [], count: 0, quiet: false };

/** The world and its session behind the protocol: one command in, one reply out, no clock and no threads. */
export class WorldHost {
  private readonly config: WorldConfig;
  private session: Session;
  private inputs: SessionInput[] = [];
  /** The message that gave each input to its actor, to find what kubectl answered. */
  private inputMessages: number[] = [];
  private picture = new Picture();
  private reportedPosition = 0;
  private readonly terminal = new Terminal();

  constructor(config: WorldConfig, saved?: SavedSession) {
    this.config = config;
    this.session = this.boot();
    if (saved) this.restore(saved);
  }

  handle(command: Exclude<Command, { readonly type: 'open' }>): Reply {
    switch (command.type) {
      case 'input': return this.give(command.input);
      case 'request': return this.request(command.connection, command.http);
      case 'send': return this.sendOn(command.connection, command.sent);
      case 'hangUp': return this.hangUp(command.connection);
      case 'undo': return this.undo();
      case 'step': return this.update(stepForward(this.session, command.granularity, command.background, command.horizonUs));
      case 'advance': return this.update(advance(this.session, command.us, command.maxMessages));
      case 'stepBack': stepBack(this.session, command.granularity, command.background); return this.jumped();
      case 'seek': this.seek(command.to); return this.jumped();
      case 'fork': return this.fork();
      case 'save': return { type: 'saved', session: this.save() };
      case 'query': return answer(this.session, this.picture, command.query);
    }
  }

  /** The picture as it is, in full. */
  jumped(): Update {
    this.picture.reset();
    return this.update(NOTHING_MOVED);
  }

  save(): SavedSession {
    return { version: 1, config: this.config, inputs: this.inputs, position: this.session.position, nowUs: this.session.kernel.nowUs };
  }

  /** A new world, run until its nodes are ready and it has come to rest. */
  private boot(): Session {
    const session = new Session(createWorld({ seed: this.config.seed, extraActors: [kubectlActor] }));
    const boot: Boot = { type: 'boot', components: ['apiserver', 'controller-manager', 'scheduler', 'nodes'], nodes: this.config.nodes, options: this.config.options };
    session.input(CLUSTER, boot);
    stepForward(session, 'quiet', false, BOOT_QUIET_US);
    return session;
  }

  /** For a new world: gives saved inputs at the positions where they were given, then goes to the saved playhead. */
  restore(saved: SavedSession): void {
    for (const { position, atUs, input } of saved.inputs) {
      this.goTo(position, atUs);
      this.giveNow(input);
    }
    this.goTo(saved.position, saved.nowUs);
  }

  private goTo(position: number, atUs: number): void {
    if (position < this.session.position) this.session.seek(position);
    else this.session.advanceTo(position, atUs);
  }

  private give(input: UserInput): Reply {
    const problem = this.giveNow(input);
    return problem === undefined ? this.update(NOTHING_MOVED) : { type: 'failure', what: problem.what, detail: problem.detail };
  }

  /** Gives an input at the playhead; returns a code when it makes no sense there. */
  private giveNow(input: UserInput): { readonly what: string; readonly detail: string } | undefined {
    const translated = translate(input, this.session);
    if ('problem' in translated) return { what: translated.problem, detail: translated.detail ?? '' };
    const { position, kernel } = this.session;
    this.session.fork();
    this.dropInputsAfter(position);
    this.session.input(translated.to, translated.body);
    this.inputs = [...this.inputs, { position, atUs: kernel.nowUs, input }];
    this.inputMessages.push(kernel.lastId);
    return undefined;
  }

  /** A client outside of the page asks: what changes nothing is asked of a copy, the rest is an input at the newest moment. */
  private request(connection: string, http: HttpRequest): Update {
    const { terminal, session } = this;
    const translated = translateHttp(http);
    if (!translated.ok) terminal.answer(connection, refused(translated));
    else if (!translated.presentation.info.isResource) terminal.answer(connection, terminal.document(session.kernel, translated));
    else if (isRead(translated.request)) this.read(connection, http, translated);
    else if (session.position < session.endPosition) terminal.answer(connection, IN_THE_PAST);
    else {
      this.giveNow({ type: 'request', http });
      terminal.expect(session.kernel, session.kernel.lastId, connection, translated);
    }
    return this.update(NOTHING_MOVED);
  }

  /**
   * A client reads: it is told at once what a copy of the world answers, and its request is an input nevertheless, so that it
   * is seen. At an earlier moment it is told what was so then, and there is no input.
   */
  private read(connection: string, http: HttpRequest, translated: Extract<Translated, { readonly ok: true }>): void {
    const { terminal, session } = this;
    terminal.answer(connection, askCopy(session.kernel, translated));
    if (session.position === session.endPosition) this.giveNow({ type: 'request', http });
  }

  /** Where OpenAPI documents come from, once they are loaded. */
  useSchemas(source: OpenApiSource): void {
    this.terminal.schemas = source;
  }

  /** A client outside of the page types, or sends bytes to a port: an input, as its request was. */
  private sendOn(connection: string, sent: Sent): Update {
    const messageId = this.terminal.isOpen(connection);
    if (messageId !== undefined && this.session.position === this.session.endPosition) this.giveNow({ type: 'requestSend', messageId, sent });
    return this.update(NOTHING_MOVED);
  }

  private hangUp(connection: string): Update {
    const messageId = this.terminal.isOpen(connection);
    if (messageId === undefined) return this.update(NOTHING_MOVED);
    this.terminal.forget(messageId);
    if (this.session.position === this.session.endPosition) this.giveNow({ type: 'requestEnd', messageId });
    return this.update(NOTHING_MOVED);
  }

  /** Takes back the last input that did something; what clients only looked at goes with it. */
  private undo(): Update {
    const at = this.inputs.findLastIndex(({ input }) => !isQuiet(input));
    if (at < 0) return this.update(NOTHING_MOVED);
    while (this.inputs.length > at) {
      this.session.undo();
      this.inputs = this.inputs.slice(0, -1);
      this.inputMessages.pop();
    }
    return this.cut();
  }

  private fork(): Update {
    this.dropInputsAfter(this.session.position);
    this.session.fork();
    return this.cut();
  }

  /** After a cut everything known beyond the playhead is void. */
  private cut(): Update {
    this.picture.reset();
    this.reportedPosition = Math.min(this.reportedPosition, this.session.position);
    return { ...this.update(NOTHING_MOVED), truncateAfter: this.session.position };
  }

  private dropInputsAfter(position: number): void {
    this.inputs = this.inputs.filter((input) => input.position <= position);
    this.inputMessages.length = this.inputs.length;
  }

  private seek(to: { readonly position: number } | { readonly timeUs: number } | { readonly messageId: number }): void {
    if ('position' in to) return this.session.seek(to.position);
    if ('timeUs' in to) return this.session.seekTime(to.timeUs);
    const entry = this.session.kernel.trace.get(to.messageId);
    if (!entry) return;
    this.session.seekTime(Math.max(0, entry.deliverUs - 1));
    while (this.session.position < this.session.endPosition && this.session.step() !== to.messageId);
  }

  private update(moved: Moved): Update {
    const { session } = this;
    const { kernel, position } = session;
    const truncated = position < this.reportedPosition && session.endPosition < this.reportedPosition;
    if (truncated) this.reportedPosition = position;
    const etcd = kernel.stateOf(ETCD) as EtcdState | undefined;
    const cluster = kernel.stateOf(CLUSTER) as ClusterState;
    const nowMs = (kernel.config.epochUs + kernel.nowUs) / 1000;
    const change = etcd ? this.picture.change(etcd, nowMs, (node) => isPowered(cluster, node)) : EMPTY_CHANGE;
    const marks = collectMarks(session, this.reportedPosition, Math.max(position, this.reportedPosition));
    this.reportedPosition = Math.max(position, this.reportedPosition);
    const shown = lastShown(session, position, false);
    const entry = kernel.trace.get(kernel.trace.idAt(shown));
    const answers = this.terminal.collect(session);
    return {
      type: 'update', version: PROTOCOL_VERSION, position, endPosition: session.endPosition, nowUs: kernel.nowUs,
      endUs: Math.max(kernel.nowUs, kernel.trace.get(kernel.trace.idAt(session.endPosition))?.deliverUs ?? 0), epochUs: kernel.config.epochUs,
      truncateAfter: truncated ? position : undefined, actors: kernel.actorIds(), ...change, marks, beat: moved.beat, beatCount: moved.count,
      narration: entry && entry.from !== entry.to ? narrate(kernel, entry) : undefined,
      facts: componentFacts(kernel), inputs: this.inputs, outputs: this.outputs(), quiet: moved.quiet, ...(answers.length > 0 && { answers }),
    };
  }

  private outputs(): readonly CommandOutput[] {
    const state = this.session.kernel.stateOf(KUBECTL) as KubectlState | undefined;
    if (!state) return [];
    return this.inputMessages.flatMap((messageId, inputIndex) => {
      const output = outputOf(state, messageId);
      return output ? [{ inputIndex, ...output }] : [];
    });
  }
}

/** What only reads, and the end of it. */
function isQuiet(input: UserInput): boolean {
  return input.type === 'requestEnd' || input.type === 'requestSend' || (input.type === 'request' && (input.http.method === 'GET' || input.http.method === 'HEAD'));
}

const EMPTY_CHANGE: PictureChange = { full: true, revision: 0, pods: [], nodes: [], objects: [], removedPods: [], removedNodes: [], removedObjects: [] };
