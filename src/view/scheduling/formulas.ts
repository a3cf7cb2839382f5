// Where the numbers of a score come from, as arithmetic with its own values: the same in every language.
import type { Attempt, Normalization, ScoreTerm } from '../../sim/scheduler/framework/attempt.ts';

export interface ScoreFormula {
  /** The parts of the raw score; codes that are no arithmetic come as `code` with `params` for words. */
  readonly terms: readonly { readonly text: string; readonly code: string; readonly params: ScoreTerm['params'] }[];
  readonly raw: string;
  readonly normalised: string;
  readonly weighted: string;
}

const UNITS = [['Gi', 2 ** 30], ['Mi', 2 ** 20], ['Ki', 2 ** 10]] as const;

/** Amounts of one resource in the largest unit that leaves them whole: bytes as Gi, Mi, Ki; cpu in millicores. */
export function amounts(resource: string, values: readonly number[]): { readonly texts: readonly string[]; readonly unit: string } {
  if (resource === 'cpu') return { texts: values.map(String), unit: 'm' };
  if (resource !== 'memory' && resource !== 'ephemeral-storage' && !resource.startsWith('hugepages-')) return { texts: values.map(String), unit: '' };
  const [unit, size] = UNITS.find(([, each]) => values.every((value) => value % each === 0)) ?? ['', 1];
  return { texts: values.map((value) => String(value / size)), unit };
}

const number = (params: ScoreTerm['params'], name: string): number => Number(params[name] ?? 0);
const round = (value: number): string => String(Math.round(value * 1000) / 1000);

function allocation(code: string, params: ScoreTerm['params']): string {
  const resource = String(params['resource'] ?? '');
  const { texts: [requested = '', capacity = ''] } = amounts(resource, [number(params, 'requested'), number(params, 'capacity')]);
  const score = number(params, 'score');
  if (number(params, 'requested') > number(params, 'capacity') && code !== 'MostAllocated') return `${resource}: ${requested} > ${capacity} → ${score}`;
  switch (code) {
    case 'LeastAllocated': return `${resource}: (${capacity} − ${requested}) × 100 / ${capacity} = ${score}`;
    case 'MostAllocated': return `${resource}: ${requested} × 100 / ${capacity} = ${score}`;
    default: return `${resource}: shape(${requested} × 100 / ${capacity}) = ${score}`;
  }
}

function termText(plugin: string, { code, params }: ScoreTerm): string {
  switch (code) {
    case 'LeastAllocated': case 'MostAllocated': case 'RequestedToCapacityRatio': return allocation(code, params);
    case 'share': {
      const resource = String(params['resource'] ?? '');
      const { texts: [used = '', wanted = '', capacity = ''] } = amounts(resource, [number(params, 'used'), number(params, 'wanted'), number(params, 'capacity')]);
      const share = (value: number): string => `${Math.round((Math.min(value, number(params, 'capacity')) / Math.max(1, number(params, 'capacity'))) * 1000) / 10} %`;
      return `${resource}: ${used} / ${capacity} = ${share(number(params, 'used'))} → (${used} + ${wanted}) / ${capacity} = ${share(number(params, 'used') + number(params, 'wanted'))}`;
    }
    case 'domain': {
      const place = `${String(params['topologyKey'] ?? '')}=${String(params['domain'] ?? '')}`;
      if (plugin === 'InterPodAffinity') return `${place}: ${number(params, 'sum')}`;
      const [factor, skew] = [number(params, 'factor'), number(params, 'maxSkew') - 1];
      return `${place}: ${number(params, 'count')} × ${round(factor)} + ${skew} = ${round(number(params, 'count') * factor + skew)}`;
    }
    default: return '';
  }
}

function rawText(plugin: string, terms: readonly ScoreTerm[], raw: number): string {
  const [first] = terms;
  if (plugin === 'NodeResourcesFit' && first && 'score' in first.params) {
    const counted = terms.filter(({ code, params }) => code !== 'RequestedToCapacityRatio' || number(params, 'score') > 0);
    const weights = counted.reduce((sum, { params }) => sum + number(params, 'weight'), 0);
    const sum = counted.map(({ params }) => (number(params, 'weight') === 1 ? `${number(params, 'score')}` : `${number(params, 'score')} × ${number(params, 'weight')}`));
    return counted.length > 0 ? `(${sum.join(' + ')}) / ${weights} = ${raw}` : `${raw}`;
  }
  if (plugin === 'PodTopologySpread' || plugin === 'InterPodAffinity') {
    const parts = terms.filter(({ code }) => code === 'domain').map(({ params }) => (plugin === 'InterPodAffinity' ? String(number(params, 'sum')) : round(number(params, 'count') * number(params, 'factor') + number(params, 'maxSkew') - 1)));
    return parts.length > 1 ? `${parts.join(' + ')} ≈ ${raw}` : `${raw}`;
  }
  if (plugin === 'NodeAffinity') return terms.length > 1 ? `${terms.map(({ params }) => number(params, 'score')).join(' + ')} = ${raw}` : `${raw}`;
  return `${raw}`;
}

function normalisedText(how: Normalization, raw: number, normalised: number, all: readonly number[]): string {
  const max = Math.max(0, ...all);
  const min = Math.min(...all);
  switch (how) {
    case 'none': return `${normalised}`;
    case 'byMax': return max === 0 ? `${normalised}` : `${raw} × 100 / ${max} = ${normalised}`;
    case 'byMaxReversed': return max === 0 ? `100 − 0 = ${normalised}` : `100 − ${raw} × 100 / ${max} = ${normalised}`;
    case 'minMax': return Math.max(...all) === min ? `${normalised}` : `(${raw} − ${min < 0 ? `(${min})` : min}) × 100 / (${Math.max(...all)} − ${min < 0 ? `(${min})` : min}) = ${normalised}`;
    case 'fewestPods': return max === 0 ? `${normalised}` : `100 × (${max} + ${min} − ${raw}) / ${max} = ${normalised}`;
  }
}

/** How one node's score of one plugin comes about; undefined where there is none. */
export function formulaOf({ detail }: Attempt, node: number, column: number): ScoreFormula | undefined {
  const row = detail?.score?.[node];
  const head = detail?.columns?.[column];
  const scores = head && row?.plugins[head.plugin];
  if (!detail?.score || !row || !head || !scores) return undefined;
  const [raw, normalised, weighted] = scores;
  const terms = row.how?.[head.plugin] ?? [];
  // Nodes that spreading ignores take no part in its highest and lowest count.
  const counted = detail.score.filter((each) => each.how?.[head.plugin]?.[0]?.code !== 'ignored').map((each) => each.plugins[head.plugin]?.[0] ?? 0);
  return {
    terms: terms.map((term) => ({ text: termText(head.plugin, term), code: term.code, params: term.params })),
    raw: rawText(head.plugin, terms, raw),
    normalised: terms[0]?.code === 'ignored' ? `${normalised}` : normalisedText(head.normalization, raw, normalised, counted),
    weighted: `${normalised} × ${head.weight} = ${weighted}`,
  };
}

/** What separates the winner from another node, plugin by plugin, the largest difference first; equal ones left out. */
export function differences({ detail }: Attempt, winner: string, other: string): readonly { readonly plugin: string; readonly by: number }[] {
  const first = detail?.score?.find((row) => row.node === winner);
  const second = detail?.score?.find((row) => row.node === other);
  if (!first || !second) return [];
  return Object.keys(first.plugins).map((plugin) => ({ plugin, by: (first.plugins[plugin]?.[2] ?? 0) - (second.plugins[plugin]?.[2] ?? 0) }))
    .filter(({ by }) => by !== 0).sort((a, b) => Math.abs(b.by) - Math.abs(a.by));
}
