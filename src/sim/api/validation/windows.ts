// What pods for Windows may and may not say.
import type { PodSpec, SecurityContext, WindowsSecurityContextOptions } from '../generated/types.ts';
import type { Errors, Path } from './field.ts';
import { byteLength } from './field.ts';
import { dns1123Subdomain } from './names.ts';
import { visitContainers } from './visit.ts';

const netBios = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsDomain = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const maxSpecBytes = 64 * 1024;

export function validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, path: Path, errors: Errors): void {
  if (options === undefined) return;
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined) errors.invalidAll(path.child('gmsaCredentialSpecName'), gmsaCredentialSpecName, dns1123Subdomain(gmsaCredentialSpecName));
  if (gmsaCredentialSpec === '') errors.invalid(path.child('gmsaCredentialSpec'), '', 'gmsaCredentialSpec cannot be an empty string');
  else if (byteLength(gmsaCredentialSpec ?? '') > maxSpecBytes) errors.invalid(path.child('gmsaCredentialSpec'), gmsaCredentialSpec, 'gmsaCredentialSpec size must be under 64 KiB');
  if (runAsUserName !== undefined) errors.invalidAll(path.child('runAsUserName'), runAsUserName, userNameProblems(runAsUserName).map((problem) => `runAsUserName${problem}`));
}

function userNameProblems(name: string): readonly string[] {
  if (name === '') return [' cannot be an empty string'];
  if (Array.from(name).some((character) => character < ' ' || character === '\u007f')) return [' cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return [' cannot contain more than one backslash'];
  const user = parts[parts.length - 1] ?? '';
  const domain = parts.length === 2 ? parts[0] ?? '' : undefined;
  const problems: string[] = [];
  if (byteLength(domain ?? '') >= 256) problems.push("'s Domain length must be under 256 characters");
  if (domain !== undefined && !netBios.test(domain) && !dnsDomain.test(domain)) problems.push("'s Domain doesn't match the NetBios nor the DNS format");
  if (user === '') problems.push("'s User cannot be empty");
  else if (byteLength(user) > 104) problems.push("'s User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) problems.push("'s User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) problems.push('\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return problems;
}

/** Containers that run as processes of the host: all of them or none, and on the host's network. */
export function validateHostProcess(spec: PodSpec, path: Path, errors: Errors): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let containers = 0;
  let hostProcesses = 0;
  visitContainers(spec, path, (container, at) => {
    containers++;
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      errors.invalid(at.child('securityContext').child('windowsOptions').child('hostProcess'), own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`);
    }
    if (own ?? ofPod) hostProcesses++;
  });
  if (hostProcesses === 0) return;
  if (hostProcesses !== containers) errors.invalid(path, '', 'If pod contains any hostProcess containers then all containers must be HostProcess containers');
  if (spec.hostNetwork !== true) errors.invalid(path.child('hostNetwork'), false, 'hostNetwork must be true if pod contains any hostProcess containers');
}

const podParts = ['appArmorProfile', 'seLinuxOptions', '@hostUsers', '@hostPID', '@hostIPC', 'seccompProfile', 'fsGroup', 'fsGroupChangePolicy', 'sysctls',
  '@shareProcessNamespace', 'runAsUser', 'runAsGroup', 'supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'];
const containerParts: readonly (keyof SecurityContext)[] = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged',
  'allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'];

/** Parts that only one of the systems knows. Names with @ belong to the spec itself. */
export function validateOperatingSystem(spec: PodSpec, path: Path, errors: Errors): void {
  const name = spec.os?.name;
  if (name === undefined) return;
  if (name === '') errors.required(path.child('os').child('name'));
  else if (name === 'linux') validateLinux(spec, path, errors);
  else if (name === 'windows') validateWindows(spec, path, errors);
  else errors.notSupported(path.child('os'), name, ['linux', 'windows']);
}

function validateLinux(spec: PodSpec, path: Path, errors: Errors): void {
  const refuse = (at: Path): void => errors.forbidden(at.child('securityContext').child('windowsOptions'), 'windows options cannot be set for a linux pod');
  if (spec.securityContext?.windowsOptions !== undefined) refuse(path);
  visitContainers(spec, path, (container, at) => {
    if (container.securityContext?.windowsOptions !== undefined) refuse(at);
  });
}

function validateWindows(spec: PodSpec, path: Path, errors: Errors): void {
  const message = 'cannot be set for a windows pod';
  const whole = spec as unknown as Readonly<Record<string, unknown>>;
  const context = (spec.securityContext ?? {}) as Readonly<Record<string, unknown>>;
  for (const part of podParts) {
    const name = part.replace('@', '');
    if (part.startsWith('@')) {
      if (whole[name] !== undefined) errors.forbidden(path.child(name), message);
    } else if (context[name] !== undefined) {
      errors.forbidden(path.child('securityContext').child(name), message);
    }
  }
  visitContainers(spec, path, (container, at) => {
    for (const part of containerParts) if (container.securityContext?.[part] !== undefined) errors.forbidden(at.child('securityContext').child(part), message);
  });
}
