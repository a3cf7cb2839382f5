import { useTranslation } from 'react-i18next';
import en from '../../i18n/en/inspector.ts';
import type { Mark } from '../../view/mark-store.ts';
import { kindOf } from '../../view/stage/actors.ts';
import { useWorld } from '../../view/store.ts';
import { formatVirtualTime } from '../shell/virtualTime.ts';
import { ComponentFaults } from './FaultActions.tsx';
import { MessageLink, Section } from './links.tsx';
import { ObjectList } from './ObjectList.tsx';
import { useAnswer } from './useAnswer.ts';
import styles from './Inspector.module.css';

type FactTitle = keyof typeof en.facts;
const isTitle = (title: string): title is FactTitle => title in en.facts;

type RowName = keyof typeof en.row;
const isRowName = (name: string): name is RowName => name in en.row;

const ABOUT = {
  kubectl: 'client.hint', 'kube-apiserver': 'apiserver.hint', etcd: 'etcd.hint', 'kube-controller-manager': 'controllers.hint', 'kube-scheduler': 'scheduler.hint', 'csi-controller': 'storage.hint',
  kubelet: 'part.kubelet', 'container-runtime': 'part.container-runtime', cni: 'part.cni', 'csi-node': 'part.csi-node',
} as const;
const isKnown = (kind: string): kind is keyof typeof ABOUT => kind in ABOUT;

/** What the component is there for. */
function About({ actor }: { readonly actor: string }): React.JSX.Element | null {
  const { t } = useTranslation('stage');
  const kind = kindOf(actor);
  return isKnown(kind) ? <p className={styles['about']}>{t(ABOUT[kind])}</p> : null;
}

const RECENT_SHOWN = 12;
/** Further back nobody looks for what a component did last. */
const RECENT_SEARCHED = 4_000;

/** What it last heard and said, newest first. */
function Recent({ actor }: { readonly actor: string }): React.JSX.Element | null {
  const { t } = useTranslation('inspector');
  const marks = useWorld((state) => state.marks);
  const position = useWorld((state) => state.model.position);
  const recent: Mark[] = [];
  const newest = marks.after(position) - 1;
  for (let index = newest; index >= 0 && index > newest - RECENT_SEARCHED && recent.length < RECENT_SHOWN; index--) {
    const mark = marks.at(index);
    if (mark && !mark.input && (mark.from === actor || mark.to === actor)) recent.push(mark);
  }
  if (recent.length === 0) return null;
  return (
    <Section title={t('recent')}>
      <ol className={styles['steps']} data-testid="recent-messages">
        {recent.map((mark) => <li key={mark.id}><time>{formatVirtualTime(mark.deliverUs)}</time><span><MessageLink id={mark.id}>{mark.label}</MessageLink> {mark.from === actor ? `→ ${mark.to}` : `← ${mark.from}`}</span></li>)}
      </ol>
    </Section>
  );
}

/** Pairs stand in a table; what has more parts has its name on one line and the rest below it, so that nothing is cut. */
function FactRows({ rows }: { readonly rows: readonly (readonly string[])[] }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  if (rows.every((row) => row.length <= 2)) {
    return <table className={styles['table']}><tbody>{rows.map((row, i) => <tr key={i}>{row.map((cell, j) => <td key={j} title={cell}>{isRowName(cell) ? t(`row.${cell}`) : cell}</td>)}</tr>)}</tbody></table>;
  }
  return <ul className={styles['conditions']}>{rows.map(([name, ...rest], i) => <li key={i}><span className={styles['conditionType']}>{name}</span><p>{rest.filter(Boolean).join(' · ')}</p></li>)}</ul>;
}

/** What a component knows: its caches, its queues, and what is particular to it. */
export function ComponentView({ actor }: { readonly actor: string }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const answer = useAnswer({ type: 'component', actor });
  if (!answer) return <p className={styles['quiet']}>{t('loading')}</p>;
  if (!answer.running) return <><About actor={actor} /><ComponentFaults actor={actor} /><p className={styles['quiet']}>{t('stopped')}</p></>;
  const busy = answer.queues.filter((queue) => queue.waiting.length + queue.working.length > 0);
  return (
    <>
      <About actor={actor} />
      <ComponentFaults actor={actor} />
      {actor === 'etcd' && <ObjectList />}
      {answer.queues.length > 0 && (
        <Section title={t('queues')}>
          {busy.length === 0 && <p className={styles['quiet']}>{t('queuesEmpty')}</p>}
          <ul className={styles['conditions']}>
            {busy.map((queue) => (
              <li key={queue.name}><span className={styles['conditionType']}>{queue.name}</span><span className={styles['conditionStatus']}>{queue.waiting.length + queue.working.length}</span><p>{[...queue.working, ...queue.waiting].slice(0, 12).join('\n')}</p></li>
            ))}
          </ul>
        </Section>
      )}
      {answer.facts.filter((fact) => fact.rows.length > 0).map((fact) => (
        <Section key={fact.title} title={isTitle(fact.title) ? t(`facts.${fact.title}`) : fact.title}>
          <FactRows rows={fact.rows.slice(0, 100)} />
        </Section>
      ))}
      {answer.informers.length > 0 && (
        <Section title={t('caches')}>
          {answer.informers.map((informer) => (
            <details key={informer.name} className={styles['informer']}>
              <summary><span>{informer.name}</span><span>{t('cached', { count: informer.objects, revision: informer.resourceVersion })}</span></summary>
              <ul className={styles['plain']}>{informer.keys.map((key) => <li key={key}>{key}</li>)}</ul>
            </details>
          ))}
        </Section>
      )}
      <Recent actor={actor} />
    </>
  );
}
