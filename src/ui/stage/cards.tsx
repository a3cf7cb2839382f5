import { keyOfEtcdKey } from '../../view/objects.ts';
import { useTranslation } from 'react-i18next';
import { openScheduling } from '../../view/scheduling/open.ts';
import { useWorld } from '../../view/store.ts';
import { cx } from '../shared/classNames.ts';
import { Card } from './Card.tsx';
import { PendingPods } from './PendingPods.tsx';
import { inspectComponent, inspectObject } from './inspect.ts';
import styles from './Stage.module.css';

const RECENT_KEYS = 4;

/** The person at the keyboard. */
export function ClientCard(): React.JSX.Element {
  const { t } = useTranslation('stage');
  const running = useWorld((state) => state.model.outputs.filter((output) => output.exitCode === undefined).length);
  return (
    <Card actor="kubectl" title={t('client.title')} hint={t('client.hint')}>
      <p className={cx(styles['quiet'], styles['whole'])}>{running > 0 ? t('client.busy') : t('client.idle')}</p>
    </Card>
  );
}

/** etcd: its revision, and the keys that were written last. */
export function EtcdCard(): React.JSX.Element {
  const { t } = useTranslation('stage');
  const etcd = useWorld((state) => state.model.facts.etcd);
  const open = (etcdKey: string): void => {
    const key = keyOfEtcdKey(useWorld.getState().model, etcdKey);
    if (key === undefined) inspectComponent('etcd');
    else inspectObject(key);
  };
  return (
    <Card actor="etcd" title="etcd" hint={t('etcd.hint')} aside={t('etcd.revision', { revision: etcd.revision })}>
      {etcd.recent.length === 0 && etcd.revision > 0 && <p className={styles['quiet']}>{t('etcd.heartbeats')}</p>}
      <ul className={styles['keys']} aria-label={t('etcd.recent')}>
        {etcd.recent.slice(0, RECENT_KEYS).map((change) => (
          <li key={`${change.revision} ${change.key}`} title={change.key} data-deleted={change.type === 'DELETE' || undefined}>
            <button type="button" className={styles['keyText']} onClick={() => open(change.key)}><bdi>{shortKey(change.key)}</bdi></button><span className={styles['keyRevision']}>{change.revision}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** `/registry/pods/default/web-1` without the prefix that all keys share. */
function shortKey(key: string): string {
  return key.replace(/^\/registry\//, '');
}

const CONTROLLERS_SHOWN = 4;

/** The controllers that have something to do; the others are only counted. */
export function ControllersCard(): React.JSX.Element {
  const { t } = useTranslation('stage');
  const controllers = useWorld((state) => state.model.facts.controllers);
  const busy = controllers.filter((each) => each.waiting > 0 || each.working.length > 0);
  return (
    <Card actor="kube-controller-manager" title="controller manager" hint={t('controllers.hint')} aside={t('controllers.count', { count: controllers.length })}>
      {busy.length === 0 && <p className={styles['quiet']}>{t('controllers.idle')}</p>}
      <ul className={styles['pairs']}>
        {busy.slice(0, CONTROLLERS_SHOWN).map((each) => (
          <li key={each.name} title={[each.name, ...each.working].join('\n')}>
            <span className={styles['rowName']}>{each.name.replace(/-controller$/, '')}</span>
            <span className={styles['rowValue']}>{each.working[0]?.split('/').at(-1) ?? t('controllers.waiting', { count: each.waiting })}</span>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** The scheduler's queue. */
export function SchedulerCard(): React.JSX.Element {
  const { t } = useTranslation('stage');
  const queue = useWorld((state) => state.model.facts.scheduler);
  const rows = [['active', queue.active], ['backoff', queue.backoff], ['unschedulable', queue.unschedulable]] as const;
  return (
    <Card actor="kube-scheduler" title="scheduler" hint={t('scheduler.hint')} aside={queue.gated.length > 0 ? t('scheduler.gated', { count: queue.gated.length }) : undefined}>
      <ul className={styles['counts']}>
        {rows.map(([name, pods]) => (
          <li key={name} title={[t(`scheduler.${name}Hint`), ...pods.slice(0, 20)].join('\n')} data-zero={pods.length === 0 || undefined}>
            <span className={styles['count']}>{pods.length}</span><span>{t(`scheduler.${name}`)}</span>
          </li>
        ))}
      </ul>
      <div className={styles['foot']}>
        <PendingPods />
        <button type="button" className={styles['link']} data-testid="open-scheduling-card" onClick={() => openScheduling({ pod: queue.unschedulable[0] ?? '' })}>{t('scheduler.open')}</button>
      </div>
    </Card>
  );
}

/** The CSI driver's controller side. */
export function StorageCard(): React.JSX.Element {
  const { t } = useTranslation('stage');
  return <Card actor="csi-controller" title={t('storage.title')} hint={t('storage.hint')} />;
}
