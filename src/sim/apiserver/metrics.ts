// What /metrics and /metrics/slis tell, in Prometheus' text form: of the real server's metrics those that its state says at
// any moment. Nothing is counted for them as requests pass.
import { healthChecks } from './discovery.ts';
import { VERSION } from './documents.ts';
import type { Document } from './documents.ts';
import type { Server } from './server.ts';

const MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';

type Labels = Readonly<Record<string, string>>;
interface Sample { readonly labels: Labels; readonly value: number }

/** The answer of a path below /metrics; undefined for other paths. */
export function metricsAt(path: string, server: Server): Document | undefined {
  const text = path === '/metrics' ? serverMetrics(server) : path === '/metrics/slis' ? healthMetrics() : undefined;
  return text === undefined ? undefined : { code: 200, body: { plainText: text, mediaType: MEDIA_TYPE } };
}

function serverMetrics(server: Server): string {
  const objects = [...server.caches.values()].map(({ resource: { group, resource, name }, size }) => ({ group, resource, name, size }));
  const help = 'Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.';
  return [
    gauge('apiserver_longrunning_requests', '[STABLE] Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.', watches(server)),
    gauge('apiserver_resource_objects', `[ALPHA] ${help}`, objects.map(({ group, resource, size }) => ({ labels: { group, resource }, value: size }))),
    gauge('apiserver_storage_objects', `[STABLE] (Deprecated since 1.34.0) [DEPRECATED, consider using apiserver_resource_objects instead] ${help}`, objects.map(({ name, size }) => ({ labels: { resource: name }, value: size }))),
    gauge('kubernetes_build_info', "[ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.", [{ labels: buildLabels(), value: 1 }]),
  ].join('');
}

function buildLabels(): Labels {
  const { buildDate, compiler, gitCommit, gitTreeState, gitVersion, goVersion, major, minor, platform } = VERSION;
  return { build_date: buildDate, compiler, git_commit: gitCommit, git_tree_state: gitTreeState, git_version: gitVersion, go_version: goVersion, major, minor, platform };
}

/** Open watches by what they watch. */
function watches(server: Server): readonly Sample[] {
  const counts = new Map<string, { readonly labels: Labels; value: number }>();
  for (const { prefix, watcher } of server.watches.values()) {
    const resource = watcher.view ?? server.caches.get(prefix)?.resource;
    if (!resource) continue;
    const scope = watcher.name !== '' ? 'resource' : watcher.namespace !== '' ? 'namespace' : 'cluster';
    const labels = { component: 'apiserver', group: resource.group, resource: resource.resource, scope, subresource: '', verb: 'WATCH', version: resource.kind.version };
    const key = `${labels.group}/${labels.version}/${labels.resource}/${scope}`;
    const known = counts.get(key);
    if (known) known.value++;
    else counts.set(key, { labels, value: 1 });
  }
  return [...counts.values()];
}

/** A check fails only before the server answers at all. */
function healthMetrics(): string {
  const samples = (['healthz', 'livez', 'readyz'] as const).flatMap((type) => ['ping', ...healthChecks(type)].map((name) => ({ labels: { name, type }, value: 1 })));
  return gauge('kubernetes_healthcheck', '[STABLE] This metric records the result of a single healthcheck.', samples);
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => `${name}{${Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`).join(',')}} ${value}\n`);
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.sort().join('')}`;
}
