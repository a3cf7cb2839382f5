// Where the session's client plugs in: it sets these once it is ready, and every panel sees them.
import { create } from 'zustand';
import type { EditorPort } from './editor/contract.ts';
import type { ShellPort } from './shell/contract.ts';

export interface Ports {
  readonly shell?: ShellPort;
  readonly editor?: EditorPort;
}

export const usePorts = create<Ports>()(() => ({}));

/** Connects the page to a session, or to its successor after a restore. */
export function connectPorts(ports: Ports): void {
  usePorts.setState(ports, true);
}
