import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Prng } from '../../base/prng.ts';
import type { Json, Node, Pod, PodSpec } from '../api/generated/types.ts';
import { handleOf } from './cases.ts';
import { frameworksOf, readConfiguration } from './config/configuration.ts';
import type { AttemptDetail } from './framework/attempt.ts';
import type { Framework } from './framework/framework.ts';
import { podInfoOf } from './pod-info.ts';
import { defaultFramework } from './profile.ts';
import { schedulePod } from './schedule-pod.ts';

const ZONE = 'topology.kubernetes.io/zone';

function node(name: string, labels: Record<string, string> = {}, spec: Node['spec'] = {}): Node {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec, status: { allocatable: { cpu: '4', memory: '8Gi', pods: '10' } } };
}

function pod(name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): Pod {
  const containers = [{ name: 'main', resources: { requests: { cpu: '1', memory: '1Gi' } } }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', name, labels }, spec: { containers, ...spec } };
}

function detailOf(waiting: Pod, nodes: readonly Node[], pods: readonly Pod[] = [], framework: Framework = defaultFramework()): AttemptDetail {
  const attempt = schedulePod({
    framework, handle: handleOf({ nodes, pods }, 0), pod: podInfoOf(waiting), random: Prng.stream(1, 'x'), startNodeIndex: 0,
    percentageOfNodesToScore: 0, detail: true,
  });
  if (attempt.detail === undefined) throw new Error('no table');
  return attempt.detail;
}

const whyOn = (detail: AttemptDetail, name: string) => detail.filter?.find((row) => row.node === name)?.why;
const howOn = (detail: AttemptDetail, name: string) => detail.score?.find((row) => row.node === name)?.how;

describe('what collides', () => {
  it('names the taint, the label, the request and the port, with their places in both objects', () => {
    const waiting = pod('p', {
      nodeSelector: { disk: 'ssd' },
      containers: [{ name: 'main', resources: { requests: { cpu: '3' } }, ports: [{ containerPort: 80, hostPort: 8080 }] }],
    });
    const taint = { key: 'team', value: 'a', effect: 'NoSchedule' as const };
    const neighbour = pod('busy', { nodeName: 'n', containers: [{ name: 'c', resources: { requests: { cpu: '2' } }, ports: [{ containerPort: 1, hostPort: 8080 }] }] });
    expect(whyOn(detailOf(waiting, [node('n', { disk: 'hdd' }, { taints: [taint] })], [neighbour]), 'n')).toEqual({
      TaintToleration: [{ code: 'untoleratedTaint', pod: 'spec.tolerations', node: 'spec.taints[0]', params: taint }],
      NodeAffinity: [{ code: 'nodeSelector', pod: 'spec.nodeSelector["disk"]', node: 'metadata.labels["disk"]', params: { key: 'disk', wanted: 'ssd', actual: 'hdd' } }],
      NodePorts: [{ code: 'portInUse', pod: 'spec.containers[0].ports[0].hostPort', params: { port: 8080, protocol: 'TCP', ip: '0.0.0.0', pod: 'default/busy' } }],
      NodeResourcesFit: [{
        code: 'insufficient', pod: 'spec.containers[0].resources.requests["cpu"]', node: 'status.allocatable["cpu"]',
        params: { resource: 'cpu', wanted: 3000, used: 2000, capacity: 4000 },
      }],
    });
  });

  it('names the requirement of node affinity that fails in each alternative', () => {
    const term = (key: string, value: string) => ({ matchExpressions: [{ key, operator: 'In' as const, values: [value] }] });
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term('disk', 'ssd'), term('gpu', 'yes')] } } };
    const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
    expect(whyOn(detailOf(pod('p', { affinity }), [node('n', { disk: 'hdd' })]), 'n')?.['NodeAffinity']).toEqual([
      { code: 'nodeAffinity', pod: `${path}[0].matchExpressions[0]`, node: 'metadata.labels["disk"]', params: { key: 'disk', operator: 'In', values: 'ssd', actual: 'hdd' } },
      { code: 'nodeAffinity', pod: `${path}[1].matchExpressions[0]`, node: 'metadata.labels["gpu"]', params: { key: 'gpu', operator: 'In', values: 'yes' } },
    ]);
  });

  it('gives the counts behind spreading and anti-affinity', () => {
    const labels = { app: 'web' };
    const labelSelector = { matchLabels: labels };
    const waiting = pod('p', {
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector }],
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: ZONE, labelSelector }] } },
    }, labels);
    const why = whyOn(detailOf(waiting, [node('a', { [ZONE]: 'a' }), node('b', { [ZONE]: 'b' })], [pod('one', { nodeName: 'a' }, labels)]), 'a');
    expect(why).toEqual({
      PodTopologySpread: [{
        code: 'skew', pod: 'spec.topologySpreadConstraints[0]', node: `metadata.labels["${ZONE}"]`,
        params: { topologyKey: ZONE, domain: 'a', count: 1, self: 1, least: 0, maxSkew: 1 },
      }],
      InterPodAffinity: [{
        code: 'antiAffinity', pod: 'spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]', node: `metadata.labels["${ZONE}"]`,
        params: { topologyKey: ZONE, domain: 'a', count: 1 },
      }],
    });
  });
});

describe('how scores come about', () => {
  const nodes = [node('a'), node('b')];
  const neighbour = pod('busy', { nodeName: 'a' });

  it('shows the numbers of every resource', () => {
    const detail = detailOf(pod('p'), nodes, [neighbour]);
    expect(howOn(detail, 'a')?.['NodeResourcesFit']).toEqual([
      { code: 'LeastAllocated', params: { resource: 'cpu', requested: 2000, capacity: 4000, weight: 1, score: 50 } },
      { code: 'LeastAllocated', params: { resource: 'memory', requested: 2 * 2 ** 30, capacity: 8 * 2 ** 30, weight: 1, score: 75 } },
    ]);
    expect(detail.columns?.find((column) => column.plugin === 'TaintToleration')).toEqual({ plugin: 'TaintToleration', weight: 3, normalization: 'byMaxReversed' });
  });

  it.each([
    ['{type: MostAllocated}', { a: 37, b: 18 }],
    ['{type: MostAllocated, resources: [{name: cpu}]}', { a: 50, b: 25 }],
    ['{type: RequestedToCapacityRatio, resources: [{name: cpu}], requestedToCapacityRatio: {shape: [{utilization: 0, score: 10}, {utilization: 100, score: 0}]}}', { a: 50, b: 75 }],
    ['{type: RequestedToCapacityRatio, resources: [{name: cpu, weight: 3}, {name: memory}], requestedToCapacityRatio: {shape: [{utilization: 20, score: 0}, {utilization: 40, score: 10}]}}', { a: 81, b: 25 }],
  ])('%s', (strategy, wanted) => {
    const result = readConfiguration({ profiles: [{ pluginConfig: [{ name: 'NodeResourcesFit', args: { scoringStrategy: parse(strategy) as Json } }] }] });
    const framework = result.ok ? frameworksOf(result.configuration).get('default-scheduler') : undefined;
    const detail = detailOf(pod('p'), nodes, [neighbour], framework);
    expect(Object.fromEntries((detail.score ?? []).map((row) => [row.node, row.plugins['NodeResourcesFit']?.[0]]))).toEqual(wanted);
  });
});
