import type { GroupVersionResource } from '../../api/meta.ts';

export const DAEMON_SETS: GroupVersionResource = { group: 'apps', version: 'v1', resource: 'daemonsets' };
