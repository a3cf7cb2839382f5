// Security contexts of pods and containers.
import type { AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext } from '../generated/types.ts';
import { internalForm } from '../internal-form.ts';
import type { Errors, Path } from './field.ts';
import { byteLength } from './field.ts';
import { rangeMessage } from './names.ts';
import { localDescendingPath } from './paths.ts';
import { validateWindowsOptions } from './windows.ts';

const maxId = 2_147_483_647;
const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

function validateId(id: number | undefined, path: Path, errors: Errors): void {
  if (id !== undefined && (id < 0 || id > maxId)) errors.invalid(path, id, rangeMessage(0, maxId));
}

export function validateSeccomp(profile: SeccompProfile | undefined, path: Path, errors: Errors): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  if (!type) errors.required(path.child('type'), 'type is required when seccompProfile is set');
  else if (!profileTypes.includes(type)) errors.notSupported(path.child('type'), type, profileTypes);
  const at = path.child('localhostProfile');
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.required(at, 'must be set when seccomp type is Localhost');
    else localDescendingPath(localhostProfile, at, errors);
  } else if (localhostProfile !== undefined) {
    errors.invalid(at, internalForm(profile, 'core.SeccompProfile'), 'can only be set when seccomp type is Localhost');
  }
}

export function validateAppArmor(profile: AppArmorProfile | undefined, path: Path, errors: Errors): void {
  if (profile === undefined) return;
  const { type, localhostProfile } = profile;
  const at = path.child('localhostProfile');
  if (!type) {
    errors.required(path.child('type'), 'type is required when appArmorProfile is set');
  } else if (type === 'Localhost') {
    if (localhostProfile === undefined) {
      errors.required(at, 'must be set when AppArmor type is Localhost');
      return;
    }
    const trimmed = localhostProfile.trim();
    if (trimmed !== localhostProfile) errors.invalid(at, localhostProfile, 'must not be padded with whitespace');
    else if (trimmed === '') errors.required(at, 'must be set when AppArmor type is Localhost');
    if (byteLength(localhostProfile) > 4095) errors.tooLong(at, 4095);
  } else if (!profileTypes.includes(type)) {
    errors.notSupported(path.child('type'), type, profileTypes);
  } else if (localhostProfile !== undefined) {
    errors.invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost');
  }
}

const procMounts = ['Default', 'Unmasked'];

export function validateContainerSecurity(context: SecurityContext | undefined, hostUsers: boolean, path: Path, errors: Errors): void {
  if (context === undefined) return;
  validateId(context.runAsUser, path.child('runAsUser'), errors);
  validateId(context.runAsGroup, path.child('runAsGroup'), errors);
  const procMount = context.procMount;
  if (procMount !== undefined) {
    if (!procMounts.includes(procMount)) errors.notSupported(path.child('procMount'), procMount, procMounts);
    if (hostUsers && procMount === 'Unmasked') errors.invalid(path.child('procMount'), procMount, '`hostUsers` must be false to use `Unmasked`');
  }
  validateSeccomp(context.seccompProfile, path.child('seccompProfile'), errors);
  if (context.allowPrivilegeEscalation === false) {
    const shown = (): unknown => internalForm(context, 'core.SecurityContext');
    if (context.privileged === true) errors.invalid(path, shown(), 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
    for (const capability of context.capabilities?.add ?? []) {
      if (capability === 'CAP_SYS_ADMIN') errors.invalid(path, shown(), 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
    }
  }
  validateWindowsOptions(context.windowsOptions, path.child('windowsOptions'), errors);
  validateAppArmor(context.appArmorProfile, path.child('appArmorProfile'), errors);
}

const sysctlFormat = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlPattern = new RegExp(`^${sysctlFormat}$`);
const changePolicies = ['Always', 'OnRootMismatch'];
const groupsPolicies = ['Merge', 'Strict'];
/** Mounting with the option waits for a feature that is off by default (SELinuxMount). */
const seLinuxPolicies = ['Recursive'];
const ipcSysctls = new Set(['kernel.sem', 'kernel.msgmax', 'kernel.msgmnb', 'kernel.msgmni', 'kernel.shmall', 'kernel.shmmax', 'kernel.shmmni', 'kernel.shm_rmid_forced']);

function sysctlNamespace(name: string): 'net' | 'ipc' | '' {
  const dotted = name.replaceAll('/', '.');
  if (dotted.startsWith('net.')) return 'net';
  return ipcSysctls.has(dotted) || dotted.startsWith('fs.mqueue.') ? 'ipc' : '';
}

function validateSysctls(spec: PodSpec, path: Path, errors: Errors): void {
  const seen = new Set<string>();
  spec.securityContext?.sysctls?.forEach(({ name }, i) => {
    const at = path.index(i).child('name');
    if (name === '') errors.required(at);
    else if (byteLength(name) > 253 || !sysctlPattern.test(name)) errors.invalid(at, name, `must have at most 253 characters and match regex ^${sysctlFormat}$`);
    else if (seen.has(name)) errors.duplicate(at, name);
    const namespace = sysctlNamespace(name);
    if (spec.hostNetwork === true && namespace === 'net') errors.invalid(at, name, "may not be specified when 'hostNetwork' is true");
    else if (spec.hostIPC === true && namespace === 'ipc') errors.invalid(at, name, "may not be specified when 'hostIPC' is true");
    seen.add(name);
  });
}

function validateChoice(value: string | undefined, choices: readonly string[], path: Path, errors: Errors): void {
  if (value !== undefined && !choices.includes(value)) errors.notSupported(path, value, choices);
}

export function validatePodSecurity(spec: PodSpec, path: Path, errors: Errors): void {
  const context: PodSecurityContext = spec.securityContext ?? {};
  validateId(context.fsGroup, path.child('fsGroup'), errors);
  validateId(context.runAsUser, path.child('runAsUser'), errors);
  validateId(context.runAsGroup, path.child('runAsGroup'), errors);
  context.supplementalGroups?.forEach((group, i) => validateId(group, path.child('supplementalGroups').index(i), errors));
  if (spec.shareProcessNamespace === true && spec.hostPID === true) errors.invalid(path.child('shareProcessNamespace'), true, 'ShareProcessNamespace and HostPID cannot both be enabled');
  validateSysctls(spec, path.child('sysctls'), errors);
  validateChoice(context.fsGroupChangePolicy, changePolicies, path.child('fsGroupChangePolicy'), errors);
  validateSeccomp(context.seccompProfile, path.child('seccompProfile'), errors);
  validateWindowsOptions(context.windowsOptions, path.child('windowsOptions'), errors);
  validateAppArmor(context.appArmorProfile, path.child('appArmorProfile'), errors);
  validateChoice(context.supplementalGroupsPolicy, groupsPolicies, path.child('supplementalGroupsPolicy'), errors);
  validateChoice(context.seLinuxChangePolicy, seLinuxPolicies, path.child('seLinuxChangePolicy'), errors);
}
