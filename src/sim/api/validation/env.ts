// Environment variables of containers.
import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector } from '../generated/types.ts';
import type { Errors, Path } from './field.ts';
import { dns1123Label, environmentName, subdomainName } from './names.ts';
import { noBacksteps } from './paths.ts';
import { validateFieldRef, validateKeyRef, validateResourceRef } from './references.ts';

const fieldRefPaths = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'];

export function validateEnv(variables: readonly EnvVar[], path: Path, errors: Errors): void {
  for (let i = 0; i < variables.length; i++) {
    const variable = variables[i] as EnvVar;
    const at = path.index(i);
    if (variable.name === '') errors.required(at.child('name'));
    else errors.invalidAll(at.child('name'), variable.name, environmentName(variable.name));
    if (variable.valueFrom !== undefined) validateSource(variable.valueFrom, variable.value ?? '', at.child('valueFrom'), errors);
  }
}

function validateSource(source: EnvVarSource, value: string, path: Path, errors: Errors): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef) validateFieldRef(fieldRef, fieldRefPaths, path.child('fieldRef'), errors);
  if (resourceFieldRef) validateResourceRef(resourceFieldRef, false, path.child('resourceFieldRef'), errors);
  if (configMapKeyRef) validateKeyRef(configMapKeyRef, path.child('configMapKeyRef'), errors);
  if (secretKeyRef) validateKeyRef(secretKeyRef, path.child('secretKeyRef'), errors);
  if (fileKeyRef) validateFileKey(fileKeyRef, path.child('fileKeyRef'), errors);
  const count = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter((ref) => ref !== undefined).length;
  if (count === 0) errors.invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`');
  else if (value !== '') errors.invalid(path, '', 'may not be specified when `value` is not empty');
  else if (count > 1) errors.invalid(path, '', 'may not have more than one field specified at a time');
}

function validateFileKey(selector: FileKeySelector, path: Path, errors: Errors): void {
  if (selector.key === '') errors.required(path.child('key'));
  else errors.invalidAll(path.child('key'), selector.key, environmentName(selector.key));
  if (selector.volumeName === '') errors.required(path.child('volumeName'));
  else errors.invalidAll(path.child('volumeName'), selector.volumeName, dns1123Label(selector.volumeName));
  if (selector.path === '') errors.required(path.child('path'));
  else noBacksteps(selector.path, path.child('path'), errors);
}

export function validateEnvFrom(sources: readonly EnvFromSource[], path: Path, errors: Errors): void {
  sources.forEach(({ prefix, configMapRef, secretRef }, i) => {
    const at = path.index(i);
    if (prefix) errors.invalidAll(at.child('prefix'), prefix, environmentName(prefix));
    if (configMapRef) validateName(configMapRef.name ?? '', at.child('configMapRef').child('name'), errors);
    if (secretRef) validateName(secretRef.name ?? '', at.child('secretRef').child('name'), errors);
    if (!configMapRef && !secretRef) errors.invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`');
    else if (configMapRef && secretRef) errors.invalid(path, '', 'may not have more than one field specified at a time');
  });
}

function validateName(name: string, path: Path, errors: Errors): void {
  if (name === '') errors.required(path);
  else errors.invalidAll(path, name, subdomainName(name, true));
}
