import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Narration } from '../../worker/protocol.ts';
import en from '../../i18n/en/narrator.ts';
import { instanceOf, kindOf } from '../../view/stage/actors.ts';

type Code = keyof typeof en.says;
type Who = keyof typeof en.who;

const isCode = (code: string): code is Code => code in en.says;
const isWho = (kind: string): kind is Who => kind in en.who;

/** Words a narration in the reader's language. */
export function useSentence(): (narration: Narration) => string {
  const { t } = useTranslation('narrator');
  return useCallback((narration: Narration) => {
    const who = (actor: string | number | undefined): string => {
      const [kind, node] = [kindOf(String(actor ?? '')), instanceOf(String(actor ?? ''))];
      // A class sees which of the two it was: the page's own, or that of somebody's terminal.
      if (kind === 'kubectl' && node === 'terminal') return t('who.terminal');
      return isWho(kind) ? t(`who.${kind}`, { node }) : String(actor ?? '');
    };
    const { from, to } = narration.params;
    const text = t(`says.${codeFor(narration)}`, { ...narration.params, from: who(from), to: who(to) });
    // Names such as kubectl keep their small letter; an article does not.
    // In Chinese a space stands beside Latin letters only, and which they are depends on what was filled in.
    return text.replace(/^the /, 'The ').replace(/(?<=\p{Script=Han}) (?=\p{Script=Han})/gu, '');
  }, [t]);
}

/** The code with its variant: some sentences lack a part when a parameter is empty. */
function codeFor({ code, params }: Narration): Code {
  if (code === 'updateStatus' && !params['controller']) return 'updateStatus_other';
  if (code === 'answered' && (!params['revision'] || !params['name'])) return 'answered_plain';
  return isCode(code) ? code : 'other';
}
