import { create } from 'zustand';
import { Abandoned, WorldClient, WorldFailure } from '../worker/client.ts';
import type { WorkerLike } from '../worker/client.ts';
import type { Granularity, HttpRequest, Sent, SavedSession, TerminalAnswer, Update, UserInput, WorldConfig } from '../worker/protocol.ts';
import { DEFAULT_CONFIG } from './config.ts';
import { MarkStore } from './mark-store.ts';
import { EMPTY_MODEL, applyUpdate } from './model.ts';
import type { Model } from './model.ts';
import { browserSessionStore, forgetPlayhead, notePlayhead, withNotedPlayhead } from './persistence.ts';
import { Player } from './player.ts';
import type { Pace } from './player.ts';
import { restHorizonUs } from './rest.ts';
import { takeWorker } from './world-worker.ts';

/** The messages that are being shown travelling, since when and for how long (wall clock). */
export interface Flight { readonly ids: readonly number[]; readonly count: number; readonly startedMs: number; readonly durationMs: number }

export interface WorldState {
  /** opening: the world boots or a session is replayed; dead: the worker died and nothing is lost; see `restart`. */
  readonly status: 'opening' | 'ready' | 'dead';
  /** What failed last, as a code for i18n with the technical detail, until dismissed. */
  readonly failure: { readonly code: string; readonly detail: string } | undefined;
  readonly model: Model;
  /** Mutable; follow `marksVersion`. */
  readonly marks: MarkStore;
  readonly marksVersion: number;
  readonly flight: Flight | undefined;
  readonly playing: boolean;
  /** Somebody has stopped or stepped the world: requests from outside wait until it is moved. */
  readonly held: boolean;
  /** Why playing stopped last. */
  readonly stopped: 'asked' | 'quiet' | 'failed';
  readonly pace: Pace;
  readonly granularity: Granularity;
  /** A command is under way that takes long enough to say so (opening, until quiet, seeking far). */
  readonly busy: boolean;
  readonly restored: boolean;
  /** The worker has answered nothing for seconds although it was asked: it computes, or is stuck. */
  readonly slow: boolean;
  /** Virtual time that the last move let pass. */
  readonly skippedUs: number;
}

const STEP_HORIZON_US = 600_000_000;
const STEP_SHOW_MS = 600;

export const useWorld = create<WorldState>(() => ({
  status: 'opening', failure: undefined, model: EMPTY_MODEL, marks: new MarkStore(), marksVersion: 0, flight: undefined, playing: false, held: false, stopped: 'asked',
  pace: { mode: 'beats', speed: 1 }, granularity: 'message', busy: true, restored: false, slow: false, skippedUs: 0,
}));

const sessions = browserSessionStore();
let config: WorldConfig = DEFAULT_CONFIG;
let client: WorldClient | undefined;
let lastSaved: SavedSession | undefined;

function worker(): WorldClient {
  client ??= new WorldClient({
    create: () => takeWorker() as unknown as WorkerLike,
    onDeath: (detail) => {
      player.pause('failed');
      useWorld.setState({ status: 'dead', busy: false, failure: { code: 'workerDied', detail } });
    },
    onSlow: (slow) => useWorld.setState({ slow }),
  });
  return client;
}

/** Who carries answers to clients outside of the page. */
let hearAnswers: (answers: readonly TerminalAnswer[]) => void = () => undefined;

/** Takes an update over into the page's state; `showMs` is how long its messages are seen travelling. */
function take(update: Update, showMs: number): Update {
  const { model, marks } = useWorld.getState();
  if (update.truncateAfter !== undefined) marks.truncate(update.truncateAfter);
  marks.append(update.marks, update.actors);
  const flight = update.beat.length > 0 && showMs > 0 ? { ids: update.beat, count: update.beatCount, startedMs: performance.now(), durationMs: showMs } : undefined;
  useWorld.setState({ model: applyUpdate(model, update), marksVersion: marks.version, flight, status: 'ready', skippedUs: update.full ? 0 : update.nowUs - model.nowUs });
  keepSoon();
  if (update.answers) hearAnswers(update.answers);
  return update;
}

const player = new Player({
  step: async (granularity, horizonUs) => take(await worker().update({ type: 'step', granularity, background: false, horizonUs }), showMsOf()),
  advance: async (us, maxMessages) => take(await worker().update({ type: 'advance', us, maxMessages }), showMsOf()),
  schedule(callback, ms) {
    if (ms > 0) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    }
    const frame = requestAnimationFrame(callback);
    return () => cancelAnimationFrame(frame);
  },
  nowMs: () => performance.now(),
  restHorizonUs() {
    const { model } = useWorld.getState();
    return restHorizonUs(model.inputs, model.nowUs);
  },
  onPlaying: (playing, stopped) => useWorld.setState(playing ? { playing, held: false } : { playing, stopped }),
}, () => useWorld.getState().pace);

/** A message is seen travelling for most of its beat; in a blur of beats only marks and counts change. */
function showMsOf(): number {
  const { mode, speed } = useWorld.getState().pace;
  return mode === 'beats' ? Math.min(STEP_SHOW_MS, STEP_SHOW_MS / speed) : 120;
}

/** Runs one command; failures become `failure` in the state and end playing, never an exception in the page. */
async function run(work: () => Promise<Update>, showMs = 0): Promise<boolean> {
  useWorld.setState({ busy: true });
  try {
    take(await work(), showMs);
    useWorld.setState({ busy: false });
    return true;
  } catch (error) {
    // The visitor stopped the worker that was asked; its successor is opening.
    if (error instanceof Abandoned) return false;
    const code = error instanceof WorldFailure ? error.what : 'workerDied';
    useWorld.setState({ busy: false, failure: { code, detail: error instanceof Error ? error.message : String(error) } });
    return false;
  }
}

/** A person takes the world into the hand. */
function hold(): void {
  player.pause();
  useWorld.setState({ held: true });
}

async function persist(): Promise<void> {
  if (useWorld.getState().status !== 'ready') return;
  lastSaved = await worker().save();
  // Unless the playhead has moved on meanwhile.
  if (await sessions.save(lastSaved) && useWorld.getState().model.position === lastSaved.position) forgetPlayhead();
}

const KEEP_MS = 700;
let keeping: ReturnType<typeof setTimeout> | undefined;
/** Keeps the playhead soon after it moved: a reload comes back to where the visitor was. */
function keepSoon(): void {
  keeping ??= setTimeout(() => {
    keeping = undefined;
    persist().catch(() => undefined);
  }, KEEP_MS);
}

/** Everything that the page can do to the world. */
export const world = {
  /** Opens a given session (a link), else the kept one, else a new world of the wanted shape. */
  async open(given?: SavedSession, wanted?: WorldConfig): Promise<void> {
    // The worker loads while the kept session is being read.
    worker();
    const stored = given ? undefined : await sessions.load();
    const kept = given ?? (stored && withNotedPlayhead(stored));
    // A link that asks for another cluster than the kept one gets what it asks for.
    const session = given || !wanted || kept?.config.nodes.length === wanted.nodes.length ? kept : undefined;
    config = session?.config ?? wanted ?? config;
    const ok = await run(() => worker().open(config, session));
    if (!ok && session) await run(() => worker().open(config, undefined));
    useWorld.setState({ restored: ok && session !== undefined && session.inputs.length > 0 });
    if (ok) lastSaved = session;
  },
  /** A new world, empty or of another shape. */
  async reset(next: WorldConfig = config): Promise<void> {
    player.pause();
    config = next;
    useWorld.getState().marks.truncate(0);
    if (await run(() => worker().open(config, undefined))) await persist();
    useWorld.setState({ restored: false });
  },
  /** After the worker died, or to stop what takes too long: a new one, with the session as it was last kept. */
  async restart(): Promise<void> {
    player.pause();
    worker().restart();
    useWorld.getState().marks.truncate(0);
    useWorld.setState({ status: 'opening', failure: undefined, flight: undefined });
    const session = lastSaved ?? await sessions.load();
    await run(() => worker().open(config, session));
  },
  async input(input: UserInput, thenPlay = true): Promise<boolean> {
    const ok = await run(() => worker().input(input));
    if (ok) await persist();
    if (ok && thenPlay) player.play();
    return ok;
  },
  /**
   * A request of a client outside of the page. It sets the world going, as an input of the page does, but not while
   * somebody holds it: then the request is on its way as far as they let it come. Answers go to `onAnswers`;
   * what is returned says how the request fares.
   */
  async request(connection: string, http: HttpRequest): Promise<'answered' | 'playing' | 'held'> {
    const before = useWorld.getState().model.inputs.length;
    const { answers, inputs } = take(await worker().update({ type: 'request', connection, http }), 0);
    const isAnswered = answers?.some((answer) => answer.connection === connection && answer.type === 'answer') ?? false;
    const { held } = useWorld.getState();
    if (!held && inputs.length > before) player.play();
    return isAnswered ? 'answered' : held ? 'held' : 'playing';
  },
  /** A client outside of the page sends something on what it has open. */
  async sendOn(connection: string, sent: Sent): Promise<void> {
    take(await worker().update({ type: 'send', connection, sent }), 0);
    if (!useWorld.getState().held) player.play();
  },
  /** A client outside of the page has gone. */
  async hangUp(connection: string): Promise<void> {
    take(await worker().update({ type: 'hangUp', connection }), 0);
  },
  onAnswers(listener: (answers: readonly TerminalAnswer[]) => void): void { hearAnswers = listener; },
  async undo(): Promise<void> {
    hold();
    if (await run(() => worker().update({ type: 'undo' }))) await persist();
  },
  async step(granularity: Granularity = useWorld.getState().granularity): Promise<void> {
    hold();
    await run(() => worker().update({ type: 'step', granularity, background: false, horizonUs: STEP_HORIZON_US }), STEP_SHOW_MS);
  },
  async stepBack(granularity: Granularity = useWorld.getState().granularity): Promise<void> {
    hold();
    await run(() => worker().update({ type: 'stepBack', granularity, background: false }));
  },
  async seek(to: { readonly position: number } | { readonly timeUs: number } | { readonly messageId: number }): Promise<void> {
    hold();
    await run(() => worker().update({ type: 'seek', to }));
  },
  async fork(): Promise<void> {
    player.pause();
    if (await run(() => worker().update({ type: 'fork' }))) await persist();
  },
  play(): void { player.play(); },
  pause(): void { hold(); },
  toggle(): void { if (player.isPlaying) hold(); else player.play(); },
  setPace(pace: Pace): void { useWorld.setState({ pace }); },
  setGranularity(granularity: Granularity): void { useWorld.setState({ granularity }); },
  dismissFailure(): void { useWorld.setState({ failure: undefined }); },
  /** The session as it is now, for a link. */
  save: (): Promise<SavedSession> => worker().save(),
  query: ((query) => worker().query(query)) as WorldClient['query'],
  /** Saves the playhead; call when the page is hidden. */
  keep: persist,
  /** The page is closing and may not live until the database has written. */
  leave(): void {
    if (useWorld.getState().status === 'ready') notePlayhead(useWorld.getState().model);
  },
};
