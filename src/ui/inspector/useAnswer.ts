import { useEffect, useState } from 'react';
import { useWorld, world } from '../../view/store.ts';
import type { Answer, Query } from '../../worker/protocol.ts';

type AnswerOf<T extends Answer['type']> = Extract<Answer, { readonly type: T }>;
/** While playing, asking at every beat would slow the world: this often is enough to read. */
const PLAYING_MS = 400;

/** The answer to a question, asked again whenever the playhead moves. `undefined` until the first answer. */
export function useAnswer<T extends Answer['type']>(query: Query & { readonly type: T }): AnswerOf<T> | undefined {
  const position = useWorld((state) => state.model.position);
  const playing = useWorld((state) => state.playing);
  const ready = useWorld((state) => state.status === 'ready');
  const [answer, setAnswer] = useState<{ readonly id: string; readonly answer: AnswerOf<T> }>();
  const id = JSON.stringify(query);
  useEffect(() => {
    if (!ready) return undefined;
    let current = true;
    // From its text, because callers make a new object at each render.
    const asked = JSON.parse(id) as Query & { readonly type: T };
    const ask = (): void => {
      world.query<T>(asked).then((next) => { if (current) setAnswer({ id, answer: next }); }, () => undefined);
    };
    const timer = setTimeout(ask, playing ? PLAYING_MS : 0);
    return () => { current = false; clearTimeout(timer); };
  }, [id, position, playing, ready]);
  return answer?.id === id ? answer.answer : undefined;
}
