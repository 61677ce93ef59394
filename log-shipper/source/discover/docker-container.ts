import type { LogSource } from '../../../lib/log-source.ts';
import { dockerLabels } from '../../../lib/names.ts';

/** What a container's own description says of it. */
export interface DescribedContainer {
  readonly source: Omit<LogSource, 'path' | 'node' | 'version'>;
  /** Pods' sandboxes have a log and write none. */
  readonly isSandbox: boolean;
}

/** Labels that others put on containers. */
const composeProject = 'com.docker.compose.project';
const composeService = 'com.docker.compose.service';
const dockershimType = 'io.kubernetes.docker.type';
const ANNOTATION_PREFIX = 'logs.vigil.dev/';
const NEVER = '0001-01-01T00:00:00Z';

/**
 * Reads Docker's `config.v2.json`. A container of a pod is named by its `io.kubernetes.*` labels, one of Compose by its project and service, any other by its own
 * name. Labels `logs.vigil.dev/*` are taken as the annotations of the same names. Throws when the text is not such a file.
 */
export function describeDockerContainer(text: string): DescribedContainer {
  const file = objectOf(JSON.parse(text));
  const config = objectOf(file['Config']);
  const labels = stringsOf(config['Labels']);
  const id = textOf(file['ID']);
  if (!/^[0-9a-f]{64}$/.test(id)) throw new Error('ID is not that of a container');
  const name = textOf(file['Name']).replace(/^\//, '') || id.slice(0, 12);
  const pod = labels[dockerLabels.podName];
  const container = labels[dockerLabels.containerName] ?? labels[composeService] ?? name;
  const endedAt = endOf(objectOf(file['State']));
  return {
    isSandbox: labels[dockershimType] === 'podsandbox' || labels[dockerLabels.kind] === 'sandbox',
    source: {
      containerId: id,
      namespace: labels[dockerLabels.podNamespace] ?? labels[composeProject] ?? 'default',
      pod: pod ?? name,
      podUid: labels[dockerLabels.podUid] ?? '',
      container,
      image: textOf(config['Image']),
      restartCount: Number(labels[dockerLabels.restartCount] ?? 0) || 0,
      labels: Object.fromEntries(Object.entries(labels).filter(([key]) => !key.startsWith(ANNOTATION_PREFIX))),
      annotations: Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith(ANNOTATION_PREFIX))),
      workload: pod === undefined ? { kind: 'Container', name: container } : { kind: 'Pod', name: pod },
      ...(endedAt === undefined ? {} : { endedAt }),
    },
  };
}

/** `undefined` while the container runs, or has not run yet. */
function endOf(state: Readonly<Record<string, unknown>>): string | undefined {
  const finishedAt = textOf(state['FinishedAt']);
  const isOver = state['Running'] === false && finishedAt !== '' && finishedAt !== NEVER;
  return isOver ? finishedAt : undefined;
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function stringsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(objectOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
