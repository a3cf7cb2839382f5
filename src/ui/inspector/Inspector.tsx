import './texts.ts';
import { Tabs } from 'radix-ui';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { selectPrevious, showTab, useSelection } from '../../view/selection.ts';
import type { InspectorTab, Selection } from '../../view/selection.ts';
import { useWorld } from '../../view/store.ts';
import { Button, IconButton } from '../shared/Button.tsx';
import { EmptyState } from '../shared/EmptyState.tsx';
import { ComponentView } from './ComponentView.tsx';
import { EventsTab } from './EventsTab.tsx';
import { HistoryTab } from './HistoryTab.tsx';
import { MessageView } from './MessageView.tsx';
import { ObjectWhat } from './ObjectWhat.tsx';
import { ObjectWhy } from './ObjectWhy.tsx';
import { showDecision } from './showDecision.ts';
import { YamlTab } from './YamlTab.tsx';
import styles from './Inspector.module.css';

const TABS: readonly InspectorTab[] = ['what', 'why', 'history', 'yaml', 'events'];

/** What was selected: an object with its past, a component with what it knows, or a message with its reason. */
export function Inspector(): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const { selection, past } = useSelection();
  if (!selection) return <EmptyState title={t('emptyTitle')} text={t('emptyText')} />;
  return (
    <div className={styles['inspector']} data-testid="inspector">
      <header className={styles['head']}>
        {past.length > 0 && <IconButton small icon="chevronLeft" label={t('back')} onClick={selectPrevious} />}
        <Title selection={selection} />
        {selection.type === 'object' && selection.key.startsWith('pods/') && <Button small look="outlined" data-testid="open-scheduling" onClick={() => showDecision({ pod: selection.key.slice('pods/'.length) })}>{t('scheduling')}</Button>}
      </header>
      <Body selection={selection} />
    </div>
  );
}

function Title({ selection }: { readonly selection: Selection }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  switch (selection.type) {
    case 'object': {
      const [resource = '', namespace = '', ...name] = selection.key.split('/');
      return <h2 className={styles['title']}><span>{name.join('/')}</span><small>{resource.split('.')[0]}{namespace ? ` · ${namespace}` : ''}</small></h2>;
    }
    case 'component': return <h2 className={styles['title']}><span>{selection.actor}</span><small>{t('component')}</small></h2>;
    case 'message': return <MessageTitle id={selection.id} />;
  }
}

/** What the message's capsule says, and its two ends. */
function MessageTitle({ id }: { readonly id: number }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const marks = useWorld((state) => state.marks);
  const mark = useMemo(() => marks.byId(id), [marks, id]);
  const ends = mark ? `${mark.from} → ${mark.to} · ` : '';
  return <h2 className={styles['title']}><span>{mark?.label ?? t('message')}</span><small>{ends}#{id}</small></h2>;
}

function Body({ selection }: { readonly selection: Selection }): React.JSX.Element {
  switch (selection.type) {
    case 'object': return <ObjectTabs objectKey={selection.key} />;
    case 'component': return <div className={styles['scroll']}><ComponentView actor={selection.actor} /></div>;
    case 'message': return <div className={styles['scroll']}><MessageView id={selection.id} /></div>;
  }
}

function ObjectTabs({ objectKey }: { readonly objectKey: string }): React.JSX.Element {
  const { t } = useTranslation('inspector');
  const tab = useSelection((state) => state.tab);
  return (
    <Tabs.Root className={styles['tabs']} value={tab} onValueChange={(value) => showTab(value as InspectorTab)}>
      <Tabs.List className={styles['tabList']} aria-label={t('tabs')}>
        {TABS.map((each) => <Tabs.Trigger key={each} value={each} data-testid={`inspector-tab-${each}`}>{t(`tab.${each}`)}</Tabs.Trigger>)}
      </Tabs.List>
      <Tabs.Content className={styles['scroll']} value="what"><ObjectWhat objectKey={objectKey} /></Tabs.Content>
      <Tabs.Content className={styles['scroll']} value="why"><ObjectWhy objectKey={objectKey} /></Tabs.Content>
      <Tabs.Content className={styles['scroll']} value="history"><HistoryTab objectKey={objectKey} /></Tabs.Content>
      <Tabs.Content className={styles['scroll']} value="yaml"><YamlTab objectKey={objectKey} /></Tabs.Content>
      <Tabs.Content className={styles['scroll']} value="events"><EventsTab objectKey={objectKey} /></Tabs.Content>
    </Tabs.Root>
  );
}

