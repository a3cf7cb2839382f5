import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorld, world } from '../../view/store.ts';
import type { ExplainAnswer } from '../../worker/protocol.ts';
import { Card } from './Card.tsx';
import { useFocus } from './focus.ts';
import { inspectMessage } from './inspect.ts';
import styles from './Stage.module.css';

export const STATIONS = ['authentication', 'audit', 'impersonation', 'priorityAndFairness', 'authorization', 'decode', 'mutatingAdmission', 'validation', 'validatingAdmission', 'etcd'] as const;

type Stages = ExplainAnswer['stages'];
const NONE: Stages = [];
/** Faster than this nobody can read the stations; asking for them would only slow the worker. */
const READABLE_MS = 120;

/** The stages of the request that the current beat brought to the API server. */
function useStages(): { readonly stages: Stages; readonly messageId: number } {
  const focus = useFocus();
  const readable = useWorld((state) => (state.flight?.durationMs ?? 0) >= READABLE_MS);
  const request = focus.marks.find((mark) => mark.to === 'kube-apiserver' && mark.from !== 'etcd' && !mark.response);
  const messageId = readable ? request?.id ?? 0 : 0;
  const [answer, setAnswer] = useState<{ readonly messageId: number; readonly stages: Stages }>({ messageId: 0, stages: NONE });
  useEffect(() => {
    if (messageId === 0) return undefined;
    let current = true;
    world.query({ type: 'explain', messageId }).then(({ stages }) => { if (current) setAnswer({ messageId, stages }); }, () => undefined);
    return () => { current = false; };
  }, [messageId]);
  return answer.messageId === messageId && messageId !== 0 ? answer : { stages: NONE, messageId: 0 };
}

/** The hub: everything passes here, station by station. */
export function ApiServerCard(): React.JSX.Element {
  const { t } = useTranslation('stage');
  const revision = useWorld((state) => state.model.facts.etcd.keys);
  const { stages, messageId } = useStages();
  const decisive = stages.find((stage) => stage.outcome === 'refused') ?? stages.findLast((stage) => stage.outcome === 'changed');
  return (
    <Card actor="kube-apiserver" title="API server" hint={t('apiserver.hint')} aside={t('apiserver.objects', { count: revision })}>
      <ol className={styles['stations']} aria-label={t('apiserver.stations')}>
        {STATIONS.map((name) => {
          const outcome = stages.find((stage) => stage.stage === name)?.outcome ?? 'idle';
          return <li key={name} data-outcome={outcome} title={`${t(`apiserver.stage.${name}`)} · ${t(`apiserver.outcome.${outcome}`)}`}><span>{t(`apiserver.short.${name}`)}</span></li>;
        })}
      </ol>
      <p className={styles['stationNote']}>
        {messageId === 0 ? t('apiserver.idle') : (
          <button type="button" className={styles['link']} onClick={() => inspectMessage(messageId)}>
            {decisive ? t(`apiserver.note.${decisive.outcome === 'refused' ? 'refused' : 'changed'}`, { stage: t(`apiserver.stage.${decisive.stage}`) }) : t('apiserver.note.passed')}
          </button>
        )}
      </p>
    </Card>
  );
}
