import { useTranslation } from 'react-i18next';
import { useWorld } from '../../view/store.ts';
import { Button } from '../shared/Button.tsx';
import { useInject } from '../shell/useInject.ts';
import styles from './Inspector.module.css';

const SERVER = 'kube-apiserver';
/** Cutting these off from the API server teaches something; the others talk to it through them. */
const CUTTABLE = /^(etcd|kube-scheduler|kube-controller-manager|kubelet\/.+)$/;

/** What can be broken or mended about a node. */
export function NodeFaults({ node }: { readonly node: string }): React.JSX.Element | null {
  const { t } = useTranslation('faults');
  const inject = useInject();
  const up = useWorld((state) => state.model.nodes.get(node)?.up);
  if (!inject || up === undefined) return null;
  return (
    <p className={styles['actions']}>
      <Button small look="outlined" icon="fault" data-testid="node-power" onClick={() => inject({ kind: up ? 'stopNode' : 'startNode', name: node })}>{up ? t('stopThis') : t('startThis')}</Button>
      <LinkFault actor={`kubelet/${node}`} />
    </p>
  );
}

/** The link between a component and the API server. */
export function ComponentFaults({ actor }: { readonly actor: string }): React.JSX.Element | null {
  return CUTTABLE.test(actor) ? <p className={styles['actions']}><LinkFault actor={actor} /></p> : null;
}

function LinkFault({ actor }: { readonly actor: string }): React.JSX.Element | null {
  const { t } = useTranslation('faults');
  const inject = useInject();
  const cut = useWorld((state) => state.model.facts.faults.some((fault) => fault.cut && [fault.a, fault.b].includes(actor) && [fault.a, fault.b].includes(SERVER)));
  if (!inject) return null;
  return <Button small look="outlined" icon="fault" data-testid="link-fault" onClick={() => inject({ kind: cut ? 'mendLink' : 'cutLink', from: SERVER, to: actor })}>{cut ? t('mendThis') : t('cutThis')}</Button>;
}

export function KillContainer({ namespace, pod, container }: { readonly namespace: string; readonly pod: string; readonly container: string }): React.JSX.Element | null {
  const { t } = useTranslation('faults');
  const inject = useInject();
  if (!inject) return null;
  return <Button small look="outlined" icon="fault" data-testid={`kill-${container}`} hint={t('killThisHint')} onClick={() => inject({ kind: 'killContainer', namespace, pod, container })}>{t('killThis')}</Button>;
}
