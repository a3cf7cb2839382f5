import { useEffect, useState } from 'react';
import { useWorld, world } from '../../view/store.ts';

const NONE: readonly number[] = [];

/** The selected message and what led to it, from the input on; ids in the order in which they were sent. */
export function useChain(selected: number): readonly number[] {
  const ready = useWorld((state) => state.status === 'ready');
  const [chain, setChain] = useState<{ readonly of: number; readonly ids: readonly number[] }>({ of: 0, ids: NONE });
  useEffect(() => {
    if (selected === 0 || !ready) return undefined;
    let current = true;
    world.query({ type: 'explain', messageId: selected }).then(({ causes }) => {
      if (current) setChain({ of: selected, ids: [...causes.map((cause) => cause.messageId).reverse(), selected] });
    }, () => undefined);
    return () => { current = false; };
  }, [selected, ready]);
  return chain.of === selected && selected !== 0 ? chain.ids : NONE;
}
