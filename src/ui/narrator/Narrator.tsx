import { useTranslation } from 'react-i18next';
import { useWorld, world } from '../../view/store.ts';
import type { WorldState } from '../../view/store.ts';
import { Button } from '../shared/Button.tsx';
import { inspectMessage } from '../stage/inspect.ts';
import { useSentence } from './sentence.ts';
import styles from './Narrator.module.css';

/** One sentence for this beat, the way to its reason, and the way back along its causes. */
export function Narrator(): React.JSX.Element {
  const { t } = useTranslation('narrator');
  const narration = useWorld((state) => state.model.narration);
  const opening = useWorld((state) => state.status === 'opening');
  const dead = useWorld((state) => state.status === 'dead');
  const off = useWorld((state) => state.model.nowUs === 0);
  // What a person did last has been shown, and nothing after it.
  const waiting = useWorld((state) => state.model.inputs.length > 0 && (state.playing || !state.model.quiet));
  const sentence = useSentence();
  const slow = useWorld((state) => state.slow);
  const fresh = useWorld(isFresh);
  const text = dead ? t('stopped') : slow ? t(opening ? 'slowOpening' : 'slow') : opening ? t('opening') : fresh ? t('fresh') : narration ? sentence(narration) : off ? t('off') : t(waiting ? 'given' : 'idle');
  return (
    <div className={styles['narrator']}>
      <p className={styles['sentence']} aria-live="polite" title={text} data-testid="narrator">{text}</p>
      {slow && !opening && <Button small look="outlined" hint={t('stopHint')} data-testid="stop-computing" onClick={() => void world.restart()}>{t('stop')}</Button>}
      {!dead && !slow && !fresh && narration && (
        <div className={styles['ways']}>
          <Button small look="outlined" onClick={() => inspectMessage(narration.messageId)} data-testid="why">{t('why')}</Button>
          <Button small onClick={() => void goToCause(narration.messageId)} data-testid="because">{t('because')}</Button>
        </div>
      )}
    </div>
  );
}

/** The cluster has come up and nobody has done anything yet: that is the moment to say what to do first. */
function isFresh({ model, flight, playing }: WorldState): boolean {
  return model.inputs.length === 0 && model.nowUs > 0 && model.position === model.endPosition && !flight && !playing;
}

/** Takes the playhead to the moment of the nearest cause that is itself a message between components. */
async function goToCause(messageId: number): Promise<void> {
  const { causes } = await world.query({ type: 'explain', messageId });
  const cause = causes.find((each) => each.kind !== 'timer');
  if (!cause) return;
  if (cause.kind !== 'input') await world.seek({ messageId: cause.messageId });
  inspectMessage(cause.messageId);
}
