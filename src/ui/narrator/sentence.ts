import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Narration } from '../../worker/protocol.ts';
import en from '../../i18n/en/narrator.ts';

type Code = keyof typeof en.says;

function isCode(code: string): code is Code {
  return code in en.says;
}

/** Actor ids as a reader says them: `kubelet/node-1` → `kubelet of node-1` stays a name, so only the slash goes. */
function spoken(actor: string): string {
  return actor.replace('kube-apiserver', 'API server').replace('kube-controller-manager', 'controller manager').replace('kube-scheduler', 'scheduler').replace('/', ' · ');
}

/** Words a narration in the reader's language. */
export function useSentence(): (narration: Narration) => string {
  const { t } = useTranslation('narrator');
  return useCallback((narration: Narration) => {
    const params = { ...narration.params, from: spoken(String(narration.params['from'] ?? '')), to: spoken(String(narration.params['to'] ?? '')) };
    const code = codeFor(narration);
    return t(`says.${code}`, params);
  }, [t]);
}

/** The code with its variant: some sentences lack a part when a parameter is empty. */
function codeFor({ code, params }: Narration): Code {
  if (code === 'updateStatus' && !params['controller']) return 'updateStatus_other';
  if (code === 'answered' && (!params['revision'] || !params['name'])) return 'answered_plain';
  return isCode(code) ? code : 'other';
}
