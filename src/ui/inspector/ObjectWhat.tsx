import { useTranslation } from 'react-i18next';
import type { ApiObject } from '../../sim/api/meta.ts';
import type { ObjectAnswer } from '../../worker/protocol.ts';
import { useWorld } from '../../view/store.ts';
import { PhaseGlyph } from '../shared/PhaseGlyph.tsx';
import { KillContainer, NodeFaults } from './FaultActions.tsx';
import { ObjectLink, Section } from './links.tsx';
import { useAnswer } from './useAnswer.ts';
import styles from './Inspector.module.css';

interface Condition { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }
interface ContainerStatus { readonly name: string; readonly image?: string; readonly ready?: boolean; readonly restartCount?: number; readonly state?: Readonly<Record<string, { readonly reason?: string; readonly exitCode?: number }>> }
interface Status { readonly conditions?: readonly Condition[]; readonly containerStatuses?: readonly ContainerStatus[]; readonly initContainerStatuses?: readonly ContainerStatus[]; readonly podIP?: string; readonly hostIP?: string }

/** What the object is now: its state, its conditions, what it belongs to and what belongs to it. */
export function ObjectWhat({ objectKey }: { readonly objectKey: string }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const answer = useAnswer({ type: 'object', key: objectKey });
  if (!answer) return <p className={styles['quiet']}>{t('loading')}</p>;
  if (!answer.object) return <p className={styles['quiet']}>{t('gone')}</p>;
  const status = statusOf(answer.object);
  return (
    <>
      {objectKey.startsWith('nodes//') && <NodeFaults node={objectKey.slice('nodes//'.length)} />}
      <Facts objectKey={objectKey} object={answer.object} cells={answer.cells} status={status} />
      {status.conditions && <Conditions conditions={status.conditions} />}
      {status.containerStatuses && <Containers pod={answer.object.metadata} statuses={[...status.initContainerStatuses ?? [], ...status.containerStatuses]} />}
      {answer.owners.length > 0 && (
        <Section title={t('owners')}>
          <ol className={styles['chain']}>{answer.owners.map((owner) => <li key={owner.key}><ObjectLink objectKey={owner.key}>{owner.kind} {owner.name}</ObjectLink></li>)}</ol>
        </Section>
      )}
      {answer.dependents.length > 0 && (
        <Section title={t('dependents', { count: answer.dependents.length })}>
          <ul className={styles['plain']}>{answer.dependents.slice(0, 50).map((each) => <li key={each.key}><ObjectLink objectKey={each.key}>{each.kind} {each.name}</ObjectLink></li>)}</ul>
        </Section>
      )}
    </>
  );
}

function statusOf(object: ApiObject): Status {
  return (object as ApiObject & { readonly status?: Status }).status ?? {};
}

function Facts({ objectKey, object, cells, status }: { readonly objectKey: string; readonly object: ApiObject; readonly cells: ObjectAnswer['cells']; readonly status: Status }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const { t: tp } = useTranslation('phases');
  const pod = useWorld((state) => state.model.pods.get(objectKey.replace(/^pods\//, '')));
  const { metadata } = object;
  const rows: readonly (readonly [string, React.ReactNode])[] = [
    ...(pod ? [[t('fact.status'), <span key="s" className={styles['phase']}><PhaseGlyph phase={pod.phase} decorative />{tp(pod.phase)}{pod.status !== pod.phase ? ` · ${pod.status}` : ''}</span>] as const] : []),
    // A pod's status stands above in its phase, in the visitor's language.
    ...cells.filter(({ name }) => pod === undefined || name !== 'Status').map(({ name, value }) => [name, value] as const),
    ...(pod?.node ? [[t('fact.node'), <ObjectLink key="n" objectKey={`nodes//${pod.node}`}>{pod.node}</ObjectLink>] as const] : []),
    ...(status.podIP ? [[t('fact.ip'), status.podIP] as const] : []),
    [t('fact.revision'), metadata.resourceVersion ?? ''],
    ...(metadata.generation === undefined ? [] : [[t('fact.generation'), String(metadata.generation)] as const]),
    [t('fact.created'), metadata.creationTimestamp ?? ''],
    ...(metadata.deletionTimestamp ? [[t('fact.deleted'), metadata.deletionTimestamp] as const] : []),
    ...(metadata.labels ? [[t('fact.labels'), Object.entries(metadata.labels).map(([key, value]) => `${key}=${value}`).join('\n')] as const] : []),
  ];
  return <dl className={styles['facts']}>{rows.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

function Conditions({ conditions }: { readonly conditions: readonly Condition[] }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  return (
    <Section title={t('conditions')}>
      <ul className={styles['conditions']}>
        {conditions.map((each) => (
          <li key={each.type} data-status={each.status}>
            <span className={styles['conditionType']}>{each.type}</span><span className={styles['conditionStatus']}>{each.status}</span>
            {(each.reason ?? each.message) && <p>{[each.reason, each.message].filter(Boolean).join(': ')}</p>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Containers({ pod, statuses }: { readonly pod: ApiObject['metadata']; readonly statuses: readonly ContainerStatus[] }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  return (
    <Section title={t('containers')}>
      <ul className={styles['conditions']}>
        {statuses.map((each) => {
          const [state = '', detail] = Object.entries(each.state ?? {})[0] ?? [];
          return (
            <li key={each.name} data-status={each.ready ? 'True' : 'False'}>
              <span className={styles['conditionType']}>{each.name}</span>
              <span className={styles['conditionStatus']}>{detail?.reason ?? state}{detail?.exitCode === undefined ? '' : ` (${detail.exitCode})`}</span>
              <p>{each.image}{each.restartCount ? ` · ${t('restarts', { count: each.restartCount })}` : ''}</p>
              {state === 'running' && <KillContainer namespace={pod.namespace ?? ''} pod={pod.name ?? ''} container={each.name} />}
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
