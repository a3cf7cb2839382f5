import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { closeScheduling, openScheduling, showBeside, useScheduling } from '../../view/scheduling/open.ts';
import { useWorld } from '../../view/store.ts';
import type { AttemptSummary } from '../../worker/protocol.ts';
import { Button, IconButton } from '../shared/Button.tsx';
import { foldEditor, foldTimeline, focusStage, hasRoomBeside, makeRoomBeside, useLayout } from '../shell/layout.ts';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { isTold, useWalk } from './walk.ts';
import styles from './Scheduling.module.css';

const PODS_SHOWN = 200;

/** Pods to choose from: those without a node first, the one on screen always among them. */
function usePodKeys(pod: string): readonly string[] {
  const pods = useWorld((state) => state.model.pods);
  const waiting = useWorld((state) => state.model.podsByNode.get(''));
  const first = (waiting ?? []).map(({ key }) => key);
  const keys = new Set([...(pod === '' ? [] : [pod]), ...first.slice(0, PODS_SHOWN)]);
  for (const key of pods.keys()) {
    if (keys.size >= PODS_SHOWN) break;
    keys.add(key);
  }
  return [...keys];
}

function useOutcome(): (summary: AttemptSummary) => string {
  const { t } = useTranslation('scheduling');
  return ({ outcome, node }) => t(`outcome.${outcome}`, { node });
}

/** Which pod and which of its attempts; what came of it; and the ways back. */
export function Header({ pod, attempts, shown }: { readonly pod: string; readonly attempts: readonly AttemptSummary[]; readonly shown: AttemptSummary | undefined }): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const keys = usePodKeys(pod);
  const told = useWalk(isTold);
  const outcome = useOutcome();
  const newer = shown && attempts.find((each) => !each.later && each.messageId > shown.messageId);
  const name = (each: AttemptSummary): string => t(each.later ? 'attemptLater' : 'attemptName', { number: each.attempts, time: formatVirtualTime(each.atUs) });
  return (
    <header className={styles['head']}>
      <h2 className={styles['title']}>{t('title')}</h2>
      {keys.length > 0 && (
        <select className={styles['select']} aria-label={t('pod')} value={pod} data-testid="scheduling-pod" onChange={(event) => openScheduling({ pod: event.target.value })}>
          {pod === '' && <option value="">{t('title')}</option>}
          {keys.map((key) => <option key={key} value={key}>{key}</option>)}
        </select>
      )}
      {attempts.length > 1 && (
        <select className={styles['select']} aria-label={t('attempt')} value={shown?.messageId ?? 0} data-testid="scheduling-attempt" onChange={(event) => openScheduling({ ...useScheduling.getState().place, messageId: Number(event.target.value) })}>
          {!shown && <option value={0}>{t('latest')}</option>}
          {attempts.map((each) => <option key={each.messageId} value={each.messageId}>{name(each)}</option>)}
        </select>
      )}
      {shown && <p className={styles['outcome']} data-outcome={told ? shown.outcome : 'hidden'} data-testid="scheduling-outcome">{told ? outcome(shown) : t('outcome.hidden')}</p>}
      {newer && (
        <p className={styles['newer']} data-testid="scheduling-newer">
          {t('newer', { number: newer.attempts, outcome: outcome(newer) })}
          <Button small look="outlined" onClick={() => openScheduling({ pod, messageId: newer.messageId })}>{t('show')}</Button>
        </p>
      )}
      <span className={styles['spring']} />
      <PaneButtons />
    </header>
  );
}

function onResize(listener: () => void): () => void {
  addEventListener('resize', listener);
  return () => removeEventListener('resize', listener);
}

function PaneButtons(): React.JSX.Element {
  const { t } = useTranslation('scheduling');
  const beside = useScheduling((state) => state.beside);
  const roomy = useLayout((state) => state.editorFolded && state.timelineFolded);
  const room = (): void => { foldEditor(!roomy); foldTimeline(!roomy); };
  const close = (): void => { makeRoomBeside(false); closeScheduling(); focusStage(); };
  const possible = useSyncExternalStore(onResize, hasRoomBeside);
  const toggle = (): void => { makeRoomBeside(!beside); showBeside(!beside); };
  return (
    <>
      <IconButton icon="fit" label={t(roomy ? 'lessRoom' : 'room')} aria-pressed={roomy} data-testid="scheduling-room" onClick={room} />
      <IconButton icon={beside ? 'unfoldLeft' : 'foldLeft'} label={t(beside ? 'inPlace' : 'beside')} {...(!possible && { hint: t('besideNoRoom') })} unavailable={!possible} aria-pressed={beside && possible} data-testid="scheduling-beside" onClick={toggle} />
      <IconButton icon="close" label={t('close')} data-testid="scheduling-close" onClick={close} />
    </>
  );
}
