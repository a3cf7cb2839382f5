import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import en from '../../i18n/en/scheduling.ts';
import type { Collision } from '../../sim/scheduler/framework/attempt.ts';
import type { Backoff } from '../../sim/scheduler/queue.ts';
import { quantity } from '../../view/scheduling/fixes.ts';
import type { Fix } from '../../view/scheduling/fixes.ts';
import type { ScoreFormula } from '../../view/scheduling/formulas.ts';

const isKey = <T extends object>(table: T, key: PropertyKey): key is keyof T => Object.hasOwn(table, key);
type Params = Collision['params'];

/** Amounts as quantities, and what a sentence needs besides what was compared. */
function spoken(params: Params, nothing: string): Record<string, string | number> {
  const resource = String(params['resource'] ?? '');
  const amounts = ['wanted', 'used', 'capacity'].filter((name) => resource !== '' && typeof params[name] === 'number').map((name) => [name, quantity(resource, Number(params[name]))]);
  return { actual: nothing, domain: nothing, value: '', after: Number(params['count'] ?? 0) + Number(params['self'] ?? 0), ...params, ...Object.fromEntries(amounts) as Record<string, string> };
}

export interface Words {
  /** Why a pod and a node collide, as a sentence; empty if the code has no words. */
  collision(collision: Collision): string;
  /** The same in a word or two, for a cell. */
  short(collision: Collision | undefined): string;
  checks(plugin: string): string;
  /** What brought a pod into the queue, and how its backoff went. */
  woken(event: string, backoff: Backoff): string;
  fix(fix: Fix): string;
  term(term: ScoreFormula['terms'][number]): string;
}

/** Codes of the scheduler in the visitor's language. */
export function useWords(): Words {
  const { t } = useTranslation('scheduling');
  return useMemo(() => ({
    collision({ code, params }) {
      return isKey(en.collision, code) ? t(`collision.${code}`, spoken(params, t('collision.nothing'))) : '';
    },
    short(collision) {
      const code = collision?.code ?? '';
      return t(`short.${isKey(en.short, code) ? code : 'other'}`, { resource: String(collision?.params['resource'] ?? '') });
    },
    checks: (plugin) => t(`checks.${isKey(en.checks, plugin) ? plugin : 'other'}`),
    woken(event, backoff) {
      const [, kind = '', change = ''] = /^([A-Z]\w+?)(Add|Update|Delete)$/.exec(event) ?? [];
      const code = isKey(en.woken, event) ? event : isKey(en.woken, change) ? change : 'other';
      return t(`backoff.${backoff}`, { event: t(`woken.${code}`, { event, kind }) });
    },
    fix: (fix) => t(`fix.${fix.kind}`, { node: '', key: '', value: '', resource: '', ...fix, ...('to' in fix && { to: quantity(fix.resource, fix.to) }) }),
    term({ text, code, params }) {
      if (text !== '') return text;
      return t(`term.${isKey(en.term, code) ? code : 'other'}`, { code, value: '', ...params, ...(code === 'preference' && { index: Number(params['index'] ?? 0) + 1 }) });
    },
  }), [t]);
}

