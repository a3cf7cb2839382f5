// Questions about the containers of one pod, answered from its spec and what the runtime said.
import type { Container, Pod } from '../../api/generated/types.ts';
import type { RuntimeContainer } from '../messages.ts';
import type { ContainerView, PodWorker, ProbeState, ProbeType } from './state.ts';

export type ReadonlyWorker = Readonly<PodWorker>;
type ExitedContainer = RuntimeContainer & { readonly state: 'CONTAINER_EXITED' };

/** Views of a pod's containers, init containers first. */
export function newViews(pod: Pod): ContainerView[] {
  const view = (container: Container, kind: ContainerView['kind'], index: number): ContainerView => ({
    name: container.name, kind, index, current: undefined, previous: undefined, waiting: undefined, restartBackoff: undefined, pullBackoff: undefined,
    pullError: '', probes: NO_PROBES,
  });
  return [
    ...(pod.spec?.initContainers ?? []).map((container, index) => view(container, container.restartPolicy === 'Always' ? 'sidecar' : 'init', index)),
    ...(pod.spec?.containers ?? []).map((container, index) => view(container, 'container', index)),
  ];
}
const NO_PROBES: readonly ProbeState[] = [];

export function specOf(pod: Pod, view: ContainerView): Container {
  const list = view.kind === 'container' ? pod.spec?.containers : pod.spec?.initContainers;
  return list?.[view.index] ?? { name: view.name };
}

export function isRunning(view: ContainerView): boolean {
  return view.current?.state === 'CONTAINER_RUNNING';
}

export function isExited(container: RuntimeContainer | undefined): container is ExitedContainer {
  return container?.state === 'CONTAINER_EXITED';
}

/** podutil.ContainerShouldRestart: the container's own rules and policy come before the pod's. */
export function restartsAfter(pod: Pod, view: ContainerView, exitCode: number): boolean {
  const { restartPolicy, restartPolicyRules } = specOf(pod, view);
  if (restartPolicy !== undefined) {
    for (const rule of restartPolicyRules ?? []) {
      const listed = rule.exitCodes?.values?.includes(exitCode) ?? false;
      if (rule.exitCodes && (rule.exitCodes.operator === 'In') === listed) return true;
    }
  }
  // An init container's policy Always on the pod means: until it succeeds.
  const policy = restartPolicy ?? (view.kind === 'init' && pod.spec?.restartPolicy !== 'Never' ? 'OnFailure' : pod.spec?.restartPolicy) ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** kubecontainer.ShouldContainerBeRestarted: false for pods that are being deleted. */
export function shouldBeRestarted(pod: Pod, view: ContainerView): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (!view.current || view.current.state === 'CONTAINER_CREATED') return true;
  return isExited(view.current) && restartsAfter(pod, view, view.current.exitCode);
}

/** Whether any container of the pod would be started again after a failure. */
export function restartsOnFailure(pod: Pod): boolean {
  return pod.spec?.restartPolicy !== 'Never';
}

export function probeOf(view: ContainerView, type: ProbeType): ProbeState | undefined {
  return view.probes.find((probe) => probe.type === type);
}

/** What the results manager holds for the running container. */
export function resultOf(view: ContainerView, type: ProbeType): ProbeState['result'] {
  const probe = probeOf(view, type);
  return probe && probe.containerId === view.current?.id ? probe.result : undefined;
}

/** `name_namespace(uid)`, the kubelet's short form of a pod in messages. */
export function formatPod(pod: Pod): string {
  const { name = '', namespace = '', uid = '' } = pod.metadata;
  return `${name}_${namespace}(${uid})`;
}

/** Changes one view of a worker that is being edited. */
export function setView(worker: PodWorker, index: number, change: Partial<ContainerView>): ContainerView {
  const next: ContainerView = { ...(worker.containers[index] as ContainerView), ...change };
  worker.containers[index] = next;
  return next;
}

export function isHostNetwork(pod: Pod): boolean {
  return pod.spec?.hostNetwork === true;
}
