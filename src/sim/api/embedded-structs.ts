// Go structs that others embed: their fields stand beside those of the outer struct in JSON, and the errors of Go's decoder name
// them on the way.

interface Embedded {
  readonly name: string;
  /** Fields that the outer struct has itself; all others are the embedded one's. */
  readonly own?: readonly string[];
  /** The fields of the embedded struct, where that is shorter. */
  readonly fields?: readonly string[];
}

const reference: Embedded = { name: 'LocalObjectReference', fields: ['name'] };
const rule: Embedded = { name: 'Rule', own: ['operations'] };
const device: Embedded = { name: 'DeviceConfiguration', fields: ['opaque'] };

const embedded: Readonly<Record<string, Embedded | undefined>> = {
  Volume: { name: 'VolumeSource', own: ['name'] },
  PersistentVolumeSpec: {
    name: 'PersistentVolumeSource',
    own: ['capacity', 'accessModes', 'claimRef', 'persistentVolumeReclaimPolicy', 'storageClassName', 'mountOptions', 'volumeMode', 'nodeAffinity', 'volumeAttributesClassName'],
  },
  Probe: { name: 'ProbeHandler', fields: ['exec', 'httpGet', 'tcpSocket', 'grpc'] },
  EphemeralContainer: { name: 'EphemeralContainerCommon', own: ['targetContainerName'] },
  ConfigMapKeySelector: reference, SecretKeySelector: reference, ConfigMapEnvSource: reference, SecretEnvSource: reference,
  ConfigMapVolumeSource: reference, ConfigMapProjection: reference, SecretProjection: reference,
  IngressRule: { name: 'IngressRuleValue', own: ['host'] },
  RuleWithOperations: rule, NamedRuleWithOperations: { ...rule, name: 'RuleWithOperations.Rule', own: ['operations', 'resourceNames'] },
  DeviceClassConfiguration: device, DeviceClaimConfiguration: device, DeviceAllocationConfiguration: device,
};

/** Where a field stands in its struct: `name`, or `LocalObjectReference.name` if an embedded struct has it. */
export function fieldInStruct(struct: string, field: string): string {
  const inner = embedded[struct];
  if (inner === undefined) return field;
  if (struct === 'NamedRuleWithOperations' && field === 'operations') return `RuleWithOperations.${field}`;
  const isEmbedded = inner.fields?.includes(field) ?? !inner.own?.includes(field);
  return isEmbedded ? `${inner.name}.${field}` : field;
}
