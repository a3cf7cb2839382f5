import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listObjects } from '../../view/objects.ts';
import type { ListedObject } from '../../view/objects.ts';
import { useWorld } from '../../view/store.ts';
import { ObjectLink, Section } from './links.tsx';
import styles from './Inspector.module.css';

const SHOWN_MAX = 200;

/** Everything that etcd holds for the API server, by kind; folded, so that it stays quiet. */
export function ObjectList(): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const objects = useWorld((state) => state.model.objects);
  const pods = useWorld((state) => state.model.pods);
  const nodes = useWorld((state) => state.model.nodes);
  const kinds = useMemo(() => {
    const groups = new Map<string, ListedObject[]>();
    for (const object of listObjects({ objects, pods, nodes })) groups.set(object.kind, [...groups.get(object.kind) ?? [], object]);
    return [...groups];
  }, [objects, pods, nodes]);
  return (
    <Section title={t('objects')}>
      {kinds.map(([kind, group]) => <KindOfObjects key={kind} kind={kind} group={group} />)}
    </Section>
  );
}

function KindOfObjects({ kind, group }: { readonly kind: string; readonly group: readonly ListedObject[] }): React.JSX.Element {
  const [open, setOpen] = useState(false);
  return (
    <details className={styles['informer']} onToggle={(event) => setOpen(event.currentTarget.open)} data-testid={`objects-${kind}`}>
      <summary><span>{kind}</span><span>{group.length}</span></summary>
      {open && (
        <ul className={styles['plain']}>
          {group.slice(0, SHOWN_MAX).map((object) => <li key={object.key}><ObjectLink objectKey={object.key}>{[object.namespace, object.name].filter(Boolean).join('/')}</ObjectLink>{object.brief && ` · ${object.brief}`}</li>)}
          {group.length > SHOWN_MAX && <li>+{group.length - SHOWN_MAX}</li>}
        </ul>
      )}
    </details>
  );
}
