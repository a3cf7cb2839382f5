// What a server is told when it is made, as flags tell the real one.
import type { CustomResourceDefinition, JsonObject } from '../api/generated/types.ts';
import { OptionError } from '../option-error.ts';
import type { Catalog } from './catalog.ts';
import type { Credentials } from './messages.ts';
import type { ServiceRange } from './service-range.ts';
import { addressAt, serviceRange } from './service-range.ts';

/** Makes the OpenAPI documents; undefined for paths that have none. They are large, so only worlds that need them have it. */
export type OpenApiSource = (path: string, catalog: Catalog, definitions: readonly CustomResourceDefinition[]) => JsonObject | undefined;

export interface ServerConfig {
  /** Where clients reach it, `host:port`: told in /api, and by the Service `kubernetes`. */
  readonly address: string;
  readonly openApi: OpenApiSource | undefined;
  readonly serviceRange: ServiceRange;
  /** Admission plugins that are off, by their real names. */
  readonly disabledPlugins: ReadonlySet<string>;
  /** The users of --token-auth-file, by their tokens. */
  readonly tokens: Readonly<Record<string, Omit<Credentials, 'token' | 'impersonate'> | undefined>>;
  /** In the order in which they are asked. */
  readonly authorizationModes: readonly AuthorizationMode[];
  /** Whether who shows no credentials is system:anonymous and not refused. */
  readonly anonymousAuth: boolean;
}

const AUTHORIZATION_MODES = ['Node', 'RBAC', 'AlwaysAllow', 'AlwaysDeny'] as const;
export type AuthorizationMode = typeof AUTHORIZATION_MODES[number];

const NO_PLUGINS: ReadonlySet<string> = new Set();
export const DEFAULT_CONFIG: ServerConfig = {
  address: '10.0.0.1:6443', openApi: undefined, serviceRange: serviceRange('10.96.0.0/16'), disabledPlugins: NO_PLUGINS, authorizationModes: ['Node', 'RBAC'], anonymousAuth: true, tokens: {},
};

/** Where pods reach the server: the first address of the Services. */
export function ownServiceAddress({ serviceRange: range }: Pick<ServerConfig, 'serviceRange'>): string {
  return addressAt(range, 1);
}

export function hostAndPort({ address }: ServerConfig): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

type Flags = Readonly<Record<string, string | undefined>>;

/**
 * The flags of kube-apiserver that mean something here, given without dashes in front: `advertise-address`, `secure-port`,
 * `service-cluster-ip-range`, `disable-admission-plugins`, `authorization-mode` and `anonymous-auth`. Throws OptionError.
 */
export function withFlags(config: ServerConfig, args: unknown): ServerConfig {
  const flags = (args as { readonly flags?: Flags } | undefined)?.flags ?? {};
  const { host, port } = hostAndPort(config);
  const { 'service-cluster-ip-range': range, 'disable-admission-plugins': disabled } = flags;
  return {
    ...config,
    address: `${flags['advertise-address'] ?? host}:${flags['secure-port'] ?? port}`,
    ...(range !== undefined && { serviceRange: serviceRange(range) }),
    ...(disabled !== undefined && { disabledPlugins: new Set(disabled.split(',')) }),
    ...accessFlags(config, flags),
  };
}

/** With AlwaysAllow nobody is anonymous (kubeapiserver's authentication options, ApplyAuthorization). */
function accessFlags(config: ServerConfig, { 'authorization-mode': modes, 'anonymous-auth': anonymous }: Flags): Pick<ServerConfig, 'authorizationModes' | 'anonymousAuth'> {
  const authorizationModes = modes === undefined ? config.authorizationModes : modes.split(',').map(modeNamed);
  if (anonymous !== undefined && anonymous !== 'true' && anonymous !== 'false') throw new OptionError(`invalid argument ${JSON.stringify(anonymous)} for "--anonymous-auth" flag: it takes true or false`);
  return { authorizationModes, anonymousAuth: (anonymous === undefined ? config.anonymousAuth : anonymous === 'true') && !authorizationModes.includes('AlwaysAllow') };
}

function modeNamed(name: string): AuthorizationMode {
  const mode = AUTHORIZATION_MODES.find((each) => each === name);
  if (mode === undefined) throw new OptionError(`authorization-mode ${JSON.stringify(name)} is not a valid mode: there are ${AUTHORIZATION_MODES.join(', ')}`);
  return mode;
}
