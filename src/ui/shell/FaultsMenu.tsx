import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../shared/Button.tsx';
import { useLive } from '../shared/live.ts';
import { Menu, MenuHeading, MenuItem, MenuLine, SubMenu } from '../shared/Menu.tsx';
import type { Fault, FaultTargets, ShellPort } from './contract.ts';
import { useInject } from './useInject.ts';

/** Longer lists belong on the stage, where things can be found by place. */
const SHOWN_AT_MOST = 12;
const ETCD_DELAYS_MS = [50, 250, 1_000] as const;

interface TargetItem {
  readonly key: string;
  readonly words: string;
  readonly fault: Fault;
}

function Targets({ label, empty, items, testId, onPick }: {
  readonly label: string; readonly empty: string; readonly items: readonly TargetItem[]; readonly testId: string; readonly onPick: (fault: Fault) => void;
}): React.JSX.Element {
  const { t } = useTranslation('faults');
  return (
    <SubMenu label={label} testId={testId}>
      {items.length === 0 && <MenuHeading>{empty}</MenuHeading>}
      {items.slice(0, SHOWN_AT_MOST).map((item) => <MenuItem key={item.key} onSelect={() => onPick(item.fault)}>{item.words}</MenuItem>)}
      {items.length > SHOWN_AT_MOST && <MenuHeading>{t('moreThanShown', { count: items.length - SHOWN_AT_MOST })}</MenuHeading>}
    </SubMenu>
  );
}

/** The containers of one pod, asked for when the menu shows them. */
function PodContainers({ port, pod, onPick }: { readonly port: ShellPort; readonly pod: FaultTargets['pods'][number]; readonly onPick: (fault: Fault) => void }): React.JSX.Element {
  const { namespace, name } = pod;
  const [containers, setContainers] = useState<readonly string[]>([]);
  useEffect(() => {
    let current = true;
    port.containersOf(namespace, name).then((names) => { if (current) setContainers(names); }, () => undefined);
    return () => { current = false; };
  }, [port, namespace, name]);
  return (
    <>
      {containers.map((container) => (
        <MenuItem key={container} onSelect={() => onPick({ kind: 'killContainer', namespace, pod: name, container })}>{`${name} · ${container}`}</MenuItem>
      ))}
    </>
  );
}

function FaultItems({ port }: { readonly port: ShellPort }): React.JSX.Element {
  const { t } = useTranslation('faults');
  const { nodes, pods, links, etcdDelayMs } = useLive(port.faults);
  const inject = useInject();
  const pick = (fault: Fault): void => inject?.(fault);
  const node = (kind: 'stopNode' | 'startNode') => ({ name }: { name: string }): TargetItem => ({ key: name, words: name, fault: { kind, name } });
  const link = (kind: 'cutLink' | 'mendLink') => ({ from, to }: { from: string; to: string }): TargetItem => ({ key: `${from} ${to}`, words: t('link', { from, to }), fault: { kind, from, to } });
  return (
    <>
      <Targets label={t('stopNode')} empty={t('noNodes')} testId="fault-stop-node" items={nodes.filter((n) => !n.stopped).map(node('stopNode'))} onPick={pick} />
      <Targets label={t('startNode')} empty={t('noStopped')} testId="fault-start-node" items={nodes.filter((n) => n.stopped).map(node('startNode'))} onPick={pick} />
      <SubMenu label={t('killContainer')} testId="fault-kill-container">
        {pods.length === 0 && <MenuHeading>{t('noContainers')}</MenuHeading>}
        {pods.slice(0, SHOWN_AT_MOST).map((pod) => <PodContainers key={`${pod.namespace}/${pod.name}`} port={port} pod={pod} onPick={pick} />)}
        {pods.length > SHOWN_AT_MOST && <MenuHeading>{t('moreThanShown', { count: pods.length - SHOWN_AT_MOST })}</MenuHeading>}
      </SubMenu>
      <Targets label={t('cutLink')} empty={t('noLinks')} testId="fault-cut-link" items={links.filter((l) => !l.cut).map(link('cutLink'))} onPick={pick} />
      <Targets label={t('mendLink')} empty={t('allLinksWhole')} testId="fault-mend-link" items={links.filter((l) => l.cut).map(link('mendLink'))} onPick={pick} />
      <SubMenu label={t('slowEtcd')} testId="fault-slow-etcd">
        <MenuItem icon={etcdDelayMs === 0 ? 'check' : undefined} onSelect={() => pick({ kind: 'slowEtcd', delayMs: 0 })}>{t('etcdNormal')}</MenuItem>
        {ETCD_DELAYS_MS.map((delayMs) => (
          <MenuItem key={delayMs} icon={etcdDelayMs === delayMs ? 'check' : undefined} onSelect={() => pick({ kind: 'slowEtcd', delayMs })}>{t('slowEtcdBy', { ms: delayMs })}</MenuItem>
        ))}
      </SubMenu>
      <MenuLine />
      <MenuItem icon="add" testId="fault-add-node" onSelect={() => pick({ kind: 'addNode' })}>{t('addNode')}</MenuItem>
    </>
  );
}

/** Stop a node, kill a container, cut a link, slow etcd down: whatever can be broken right now. */
export function FaultsMenu({ port }: { readonly port: ShellPort | undefined }): React.JSX.Element {
  const { t } = useTranslation('faults');
  return (
    <Menu align="end" trigger={<Button icon="fault" data-testid="faults">{t('label')}</Button>}>
      <MenuHeading>{port === undefined ? t('notRunning') : t('explain')}</MenuHeading>
      {port !== undefined && <FaultItems port={port} />}
    </Menu>
  );
}
