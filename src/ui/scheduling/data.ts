import { useEffect, useState } from 'react';
import { useWorld, world } from '../../view/store.ts';
import type { AttemptsAnswer, FoundAttempt, NodeObjectAnswer } from '../../worker/protocol.ts';
import { useAnswer } from '../inspector/useAnswer.ts';

const ATTEMPTS_MAX = 200;

/** The attempts of a pod, or of all pods when it is empty, newest first; undefined until known. */
export function useAttempts(pod: string): AttemptsAnswer | undefined {
  return useAnswer({ type: 'attempts', pod, limit: pod === '' ? 1 : ATTEMPTS_MAX });
}

/** Inputs decide the past: with other inputs a message of the same number is another one. */
function useInputsKey(): string {
  return useWorld((state) => state.model.inputs.map((input) => input.position).join());
}

interface Loaded { readonly key: string; readonly found: FoundAttempt | undefined }

/** The whole table of an attempt: undefined while it is being decided again, `gone` if there is no such attempt. */
export function useAttempt(messageId: number): FoundAttempt | 'gone' | undefined {
  const key = `${messageId} ${useInputsKey()}`;
  const [loaded, setLoaded] = useState<Loaded>();
  useEffect(() => {
    if (messageId === 0) return undefined;
    let current = true;
    world.query({ type: 'attempt', messageId }).then(({ found }) => { if (current) setLoaded({ key, found }); }, () => { if (current) setLoaded({ key, found: undefined }); });
    return () => { current = false; };
  }, [key, messageId]);
  // While another past is being read, the attempt that is on screen stays.
  if (loaded?.key !== key) return loaded?.key.startsWith(`${messageId} `) ? loaded.found : undefined;
  return loaded.found ?? 'gone';
}

/** A node as the scheduler knew it at that attempt. */
export function useNodeObject(messageId: number, node: string): NodeObjectAnswer['object'] {
  const key = `${messageId} ${node}`;
  const [loaded, setLoaded] = useState<{ readonly key: string; readonly object: NodeObjectAnswer['object'] }>();
  useEffect(() => {
    if (messageId === 0 || node === '') return undefined;
    let current = true;
    world.query({ type: 'nodeObject', messageId, node }).then(({ object }) => { if (current) setLoaded({ key, object }); }, () => undefined);
    return () => { current = false; };
  }, [key, messageId, node]);
  return loaded?.key === key ? loaded.object : undefined;
}
