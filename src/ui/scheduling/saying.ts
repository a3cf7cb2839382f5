import { useTranslation } from 'react-i18next';
import { filterColumns } from '../../view/scheduling/steps.ts';
import type { Step } from '../../view/scheduling/steps.ts';
import type { FoundAttempt } from '../../worker/protocol.ts';

/** What a step does, in one sentence made of the attempt's own record. */
export function useSaying(found: FoundAttempt): (step: Step) => string {
  const { t } = useTranslation('scheduling');
  const filter = useFilterSaying(found);
  const preemption = usePreemptionSaying(found);
  const scores = useScoreSaying(found);
  const { attempt, attempts } = found;
  return (step) => {
    const node = attempt.node ?? '';
    switch (step.station) {
      case 'queue': return t('say.queue', { pod: attempt.pod, number: attempts });
      case 'preFilter': case 'filter': return filter(step);
      case 'postFilter': return preemption(step);
      case 'preScore': case 'score': case 'normalise': return scores(step);
      case 'reserve': return t('say.reserve', { node });
      case 'permit': return t('say.permit');
      case 'bind': return t('say.bind', { pod: attempt.pod, node });
    }
  };
}

function useFilterSaying({ attempt }: FoundAttempt): (step: Step) => string {
  const { t } = useTranslation('scheduling');
  return ({ station, node, plugin }) => {
    if (station === 'preFilter') {
      const row = attempt.detail?.preFilter.plugins[plugin];
      const name = { plugin: row?.plugin ?? '' };
      if (row?.nodes) return t('say.preFilterNarrow', { ...name, count: row.nodes.length });
      if (row?.status === 'Skip') return t('say.preFilterSkip', name);
      return row?.status === 'Success' ? t('say.preFilter', name) : t('say.preFilterRefused', { ...name, message: row?.message ?? '' });
    }
    const row = attempt.detail?.filter?.[node];
    const columns = filterColumns(attempt);
    const name = columns[plugin] ?? '';
    if (row?.first?.plugin === name) return t('say.filterRefused', { plugin: name, node: row.node, reason: row.first.reasons.join(', ') });
    return plugin === columns.length - 1 ? t('say.filterNode', { node: row?.node ?? '' }) : t('say.filterPassed', { plugin: name, node: row?.node ?? '' });
  };
}

function usePreemptionSaying({ attempt }: FoundAttempt): (step: Step) => string {
  const { t } = useTranslation('scheduling');
  return ({ part, node, plugin }) => {
    const { preemption } = attempt;
    const candidate = preemption?.detail?.candidates[node];
    const rule = preemption?.detail?.rules[plugin];
    if (part === 'candidate' && candidate) return t('say.postFilterCandidate', { node: candidate.node, count: candidate.victims.length });
    if (part === 'rule' && rule) return t('say.postFilterRule', { number: plugin + 1, rule: t(`preemption.rule.${rule.rule}`) });
    if (preemption?.nominated) return t('say.postFilterNominated', { node: preemption.nominated.node, count: preemption.nominated.pods.length });
    return t('say.postFilterNothing', { message: preemption?.message ?? '' });
  };
}

function useScoreSaying({ attempt }: FoundAttempt): (step: Step) => string {
  const { t } = useTranslation('scheduling');
  return ({ station, part, node, plugin }) => {
    const { detail } = attempt;
    const [winner, total] = [attempt.node ?? '', attempt.total ?? 0];
    if (part === 'only') return t('say.scoreOnly', { node: winner });
    if (part === 'choose') return attempt.tied > 1 ? t('say.chooseTie', { node: winner, total, tied: attempt.tied }) : t('say.choose', { node: winner, total });
    if (station === 'preScore') {
      const row = detail?.preScore?.[plugin];
      return t(row?.status === 'Skip' ? 'say.preScoreSkip' : 'say.preScore', { plugin: row?.plugin ?? '' });
    }
    const head = detail?.columns?.[plugin];
    const name = head?.plugin ?? '';
    if (station === 'normalise') return t('say.normalise', { plugin: name, weight: head?.weight ?? 0 });
    const row = detail?.score?.[node];
    return row ? t('say.score', { plugin: name, node: row.node, raw: row.plugins[name]?.[0] ?? 0 }) : t('say.scoreAll', { plugin: name });
  };
}
