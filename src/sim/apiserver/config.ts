// What a server is told when it is made, as flags tell the real one.
import type { CustomResourceDefinition, JsonObject } from '../api/generated/types.ts';
import type { Catalog } from './catalog.ts';
import type { Credentials } from './messages.ts';
import type { ServiceRange } from './service-range.ts';
import { serviceRange } from './service-range.ts';

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
}

const NO_PLUGINS: ReadonlySet<string> = new Set();
export const DEFAULT_CONFIG: ServerConfig = { address: '10.0.0.1:6443', openApi: undefined, serviceRange: serviceRange('10.96.0.0/16'), disabledPlugins: NO_PLUGINS, tokens: {} };

export function hostAndPort({ address }: ServerConfig): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/**
 * The flags of kube-apiserver that mean something here, given without dashes in front: `advertise-address`, `secure-port`,
 * `service-cluster-ip-range` and `disable-admission-plugins`. Throws for a range that is none.
 */
export function withFlags(config: ServerConfig, args: unknown): ServerConfig {
  const flags = (args as { readonly flags?: Readonly<Record<string, string>> } | undefined)?.flags ?? {};
  const { host, port } = hostAndPort(config);
  const { 'service-cluster-ip-range': range, 'disable-admission-plugins': disabled } = flags;
  return {
    ...config,
    address: `${flags['advertise-address'] ?? host}:${flags['secure-port'] ?? port}`,
    ...(range !== undefined && { serviceRange: serviceRange(range) }),
    ...(disabled !== undefined && { disabledPlugins: new Set(disabled.split(',')) }),
  };
}
