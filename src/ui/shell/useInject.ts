import { useTranslation } from 'react-i18next';
import { usePorts } from '../ports.ts';
import { notify, reasonOf } from '../shared/notices.ts';
import type { Fault } from './contract.ts';

function useDoneText(): (fault: Fault) => string {
  const { t } = useTranslation('faults');
  return (fault) => {
    switch (fault.kind) {
      case 'addNode': return t('done.addNode');
      case 'stopNode': case 'startNode': return t(`done.${fault.kind}`, { name: fault.name });
      case 'killContainer': return t('done.killContainer', { pod: fault.pod, container: fault.container });
      case 'cutLink': case 'mendLink': return t(`done.${fault.kind}`, { from: fault.from, to: fault.to });
      case 'slowEtcd': return fault.delayMs === 0 ? t('done.normalEtcd') : t('done.slowEtcd', { ms: fault.delayMs });
    }
  };
}

/** Breaks or mends something, says so, and offers the way back; undefined until the control plane runs. */
export function useInject(): ((fault: Fault) => void) | undefined {
  const { t } = useTranslation('shell');
  const port = usePorts((ports) => ports.shell);
  const doneText = useDoneText();
  if (port === undefined) return undefined;
  const failed = (error: unknown): void => notify(reasonOf(error), { kind: 'problem' });
  return (fault) => {
    const undo = (): void => { port.undo().then(() => notify(t('undo.done')), failed); };
    port.inject(fault).then(() => notify(doneText(fault), { action: { label: t('undoAction'), run: undo } }), failed);
  };
}
