// Regenerates src/sim/api/generated/types.ts from src/sim/api/generated/schemas.json (`npm run generate`).
// Run it after changing KINDS below; the output is committed so that a fresh clone type-checks without it.
import { readFileSync, writeFileSync } from 'node:fs';

/** Top-level kinds that the TypeScript code names; everything they refer to follows. */
const KINDS = [
  'core.v1.Namespace', 'core.v1.Node', 'core.v1.Pod', 'core.v1.ConfigMap', 'core.v1.Secret', 'core.v1.ServiceAccount',
  'core.v1.Service', 'core.v1.Endpoints', 'core.v1.PersistentVolume', 'core.v1.PersistentVolumeClaim', 'core.v1.Event',
  'core.v1.Binding', 'core.v1.ReplicationController', 'core.v1.LimitRange', 'core.v1.ResourceQuota',
  'apps.v1.Deployment', 'apps.v1.ReplicaSet', 'apps.v1.StatefulSet', 'apps.v1.DaemonSet', 'apps.v1.ControllerRevision',
  'batch.v1.Job', 'batch.v1.CronJob', 'autoscaling.v1.Scale', 'policy.v1.PodDisruptionBudget',
  'storage.v1.StorageClass', 'storage.v1.CSINode', 'storage.v1.CSIDriver', 'storage.v1.CSIStorageCapacity', 'storage.v1.VolumeAttachment',
  'scheduling.v1.PriorityClass', 'node.v1.RuntimeClass', 'coordination.v1.Lease', 'discovery.v1.EndpointSlice',
  'core.v1.PodTemplate', 'autoscaling.v2.HorizontalPodAutoscaler', 'autoscaling.v1.HorizontalPodAutoscaler', 'events.v1.Event',
  'networking.v1.Ingress', 'networking.v1.IngressClass', 'networking.v1.NetworkPolicy', 'networking.v1.IPAddress', 'networking.v1.ServiceCIDR',
  'rbac.v1.Role', 'rbac.v1.RoleBinding', 'rbac.v1.ClusterRole', 'rbac.v1.ClusterRoleBinding',
  'admissionregistration.v1.ValidatingAdmissionPolicy', 'admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  'admissionregistration.v1.MutatingAdmissionPolicy', 'admissionregistration.v1.MutatingAdmissionPolicyBinding',
  'admissionregistration.v1.ValidatingWebhookConfiguration', 'admissionregistration.v1.MutatingWebhookConfiguration',
  'certificates.v1.CertificateSigningRequest', 'flowcontrol.v1.FlowSchema', 'flowcontrol.v1.PriorityLevelConfiguration',
  'resource.v1.ResourceClaim', 'resource.v1.ResourceClaimTemplate', 'resource.v1.ResourceSlice', 'resource.v1.DeviceClass',
  'storage.v1.VolumeAttributesClass', 'authentication.v1.TokenRequest', 'policy.v1.Eviction',
];
const FULL_NAMES = [
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService',
];
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.';
const EXTRA = ['Status', 'DeleteOptions', 'LabelSelector', 'OwnerReference', 'ObjectMeta', 'ListMeta', 'Condition'].map((k) => META + k);

const here = new URL('../src/sim/api/generated/', import.meta.url);
const { schemas } = JSON.parse(readFileSync(new URL('schemas.json', here)));
const done = new Map();
const names = new Map();
/** `Pod`, or `DiscoveryEndpointPort` where an earlier group has the short name already. */
function shortName(id) {
  const parts = id.split('.');
  const group = parts.at(-3);
  const short = parts.at(-1);
  const taken = names.get(short);
  if (taken === undefined || taken === id) { names.set(short, id); return short; }
  return group[0].toUpperCase() + group.slice(1) + short;
}

function typeOf(schema) {
  if (schema.$ref) return refType(schema.$ref);
  if (schema.allOf) return typeOf(schema.allOf[0]);
  if (schema.oneOf) return schema.oneOf.map(typeOf).join(' | ');
  if (schema.enum && schema.type === 'string') return schema.enum.map((v) => JSON.stringify(v)).join(' | ');
  switch (schema.type) {
    case 'string': return 'string';
    case 'integer': case 'number': return 'number';
    case 'boolean': return 'boolean';
    case 'array': return `readonly ${wrap(typeOf(schema.items))}[]`;
    case 'object': return schema.additionalProperties ? `{ readonly [key: string]: ${typeOf(schema.additionalProperties)} }` : 'JsonObject';
    default: return 'Json';
  }
}
const wrap = (t) => (/[|&]|^readonly /.test(t) ? `(${t})` : t);

function refType(ref) {
  const id = ref.replace('#/components/schemas/', '');
  const name = shortName(id);
  if (name === 'Quantity') return 'string | number';
  if (name === 'IntOrString') return 'number | string';
  if (name === 'Time' || name === 'MicroTime') return 'string';
  if (name === 'FieldsV1' || name === 'RawExtension') return 'JsonObject';
  if (schemaUnions[name]) {
    declare(id.replace(/JSONSchemaProps\w+$/, 'JSONSchemaProps'));
    return schemaUnions[name];
  }
  declare(id);
  return name;
}

/** Members of JSON schemas that are a schema or something else; null for an empty list. */
const schemaUnions = {
  JSONSchemaPropsOrArray: 'JSONSchemaProps | readonly JSONSchemaProps[] | null',
  JSONSchemaPropsOrBool: 'JSONSchemaProps | boolean',
  JSONSchemaPropsOrStringArray: 'JSONSchemaProps | readonly string[] | null',
};

function declare(id) {
  const name = shortName(id);
  if (done.has(name)) return;
  const entry = { id, text: '' };
  done.set(name, entry);
  const schema = schemas[id];
  if (!schema) throw new Error('no schema ' + id);
  if (!schema.properties) { entry.text = `export type ${name} = ${typeOf(schema)};\n`; return; }
  const gvk = schema['x-kubernetes-group-version-kind']?.length === 1 ? schema['x-kubernetes-group-version-kind'][0] : undefined;
  const required = new Set(schema.required ?? []);
  if (gvk) for (const k of ['apiVersion', 'kind', 'metadata']) required.add(k);
  const lines = Object.entries(schema.properties).map(([key, value]) => {
    let type = typeOf(value);
    if (gvk && key === 'apiVersion') type = JSON.stringify(gvk.group ? `${gvk.group}/${gvk.version}` : gvk.version);
    if (gvk && key === 'kind') type = JSON.stringify(gvk.kind);
    const safe = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return `  readonly ${safe}${required.has(key) ? '' : '?'}: ${type};`;
  });
  entry.text = `export interface ${name} {\n${lines.join('\n')}\n}\n`;
}

for (const id of [...KINDS.map((k) => 'io.k8s.api.' + k), ...FULL_NAMES, ...EXTRA]) declare(id);
const body = [...done.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).map((e) => e.text).join('\n');
writeFileSync(new URL('types.ts', here), `// Generated by tools/generate-types.mjs from schemas.json: the stored form of Kubernetes 1.36 objects. Do not edit.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject { readonly [key: string]: Json | undefined }

${body}`);
console.log(`${done.size} types`);
