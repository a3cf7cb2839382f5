import type { Pod } from '../sim/api/generated/types.ts';
import { CLUSTER } from '../sim/cluster.ts';
import type { ClusterState } from '../sim/cluster.ts';
import type { EtcdState } from '../sim/etcd/actor.ts';
import { ETCD } from '../sim/etcd/messages.ts';
import type { ActorId, Body } from '../sim/kernel/actor.ts';
import type { Session } from '../sim/session.ts';
import { KUBECTL } from '../kubectl/messages.ts';
import { TERMINAL } from '../kubectl/terminal.ts';
import { terminalRequest } from './terminal.ts';
import type { Configure } from '../sim/scheduler/actor.ts';
import { NAME as SCHEDULER } from '../sim/scheduler/state.ts';
import type { EditProblem, UserInput } from './protocol.ts';
import { configurationOf } from './scheduling.ts';

export type Translated = { readonly to: ActorId; readonly body: Body } | { readonly problem: string; readonly detail?: string };

/** Turns what a person did into the message that an actor gets; a problem is a code for the page. */
export function translate(input: UserInput, session: Session): Translated {
  const give = <B extends Body>(to: ActorId, body: B): Translated => ({ to, body });
  switch (input.type) {
    case 'kubectl': return give(KUBECTL, { type: 'kubectl-run', args: input.args, files: input.files });
    case 'nodeStop': return nodeKnown(session, input.node) ?? give(CLUSTER, { type: 'node-stop', node: input.node });
    case 'nodeStart': return nodeKnown(session, input.node) ?? give(CLUSTER, { type: 'node-start', node: input.node });
    case 'nodeRemove': return nodeKnown(session, input.node) ?? give(CLUSTER, { type: 'node-remove', node: input.node });
    case 'nodeAdd': return nodeKnown(session, input.node.name) ? give(CLUSTER, { type: 'node-add', node: input.node }) : { problem: 'nodeExists' };
    case 'containerKill': return killed(session, input.namespace, input.pod, input.container);
    case 'link': return give(CLUSTER, { ...input });
    case 'linkRestore': return give(CLUSTER, { type: 'link-restore', a: input.a, b: input.b });
    case 'schedulerConfigure': return configured(input.yaml);
    case 'request': {
      const message = terminalRequest(input.http);
      return message ? give(TERMINAL, message) : { problem: 'other', detail: input.http.url };
    }
    case 'requestSend': return give(TERMINAL, { type: 'terminal-sent', requestId: input.messageId, sent: input.sent });
    case 'requestEnd': return give(TERMINAL, { type: 'terminal-stop', requestId: input.messageId });
  }
}

/** A problem if there is no such machine. */
function nodeKnown(session: Session, node: string): Translated | undefined {
  const cluster = session.kernel.stateOf(CLUSTER) as ClusterState;
  return cluster.machines.has(node) ? undefined : { problem: 'noSuchNode' };
}

function configured(yaml: string): Translated {
  const problems: EditProblem[] = [];
  const configuration = configurationOf(yaml, problems);
  const detail = problems.map(({ field, message }) => [field, message].filter(Boolean).join(': ')).join('; ');
  if (!configuration) return { problem: 'invalidConfiguration', detail };
  const body: Configure = { type: 'scheduler-configure', configuration };
  return { to: SCHEDULER, body };
}

function killed(session: Session, namespace: string, name: string, container: string): Translated {
  const etcd = session.kernel.stateOf(ETCD) as EtcdState;
  const pod = etcd.store.get(`/registry/pods/${namespace}/${name}`)?.value as Pod | undefined;
  if (!pod?.spec?.nodeName) return { problem: 'podNotRunning' };
  const body = { type: 'container-kill', node: pod.spec.nodeName, namespace, pod: name, container };
  return { to: CLUSTER, body };
}
