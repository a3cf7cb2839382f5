// A container as a server: what is at its ports.
import type { CatalogueImage } from '../image-catalogue.ts';
import { answerOf } from '../process.ts';
import type { Answer } from '../process.ts';
import type { ServedFrom } from '../server-programs.ts';
import { Files } from '../shell-files.ts';
import type { ContainerRecord, RuntimeState } from './state.ts';

export function servedFrom(state: RuntimeState, { container, config, files }: ContainerRecord, image: CatalogueImage, unixUs: number): ServedFrom {
  const known = new Files(files, 0, config.mountPaths);
  return { image, config, ip: state.sandboxes.get(container.sandboxId)?.ip ?? '', fileAt: (path) => known.contentOf(path, unixUs - container.startedUnixUs) };
}

/** What a connection to a port of a container finds; nothing listens in one that does not run. */
export function atPort(record: ContainerRecord | undefined, unixUs: number, handler: 'httpGet' | 'tcpSocket' | 'grpc', port: number, path: string): Answer {
  if (record?.container.state !== 'CONTAINER_RUNNING') return { outcome: 'refused' };
  return answerOf(record.plan, unixUs - record.container.startedUnixUs, handler, port, path);
}
