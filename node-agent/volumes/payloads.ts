import { VigilError } from '../../lib/errors.ts';
import type { ConfigMap, Pod, Secret, Volume } from '../../lib/kube/types.ts';
import { fieldValue, resourceValue, type DownwardFacts } from '../pods/field-ref.ts';
import type { Payload, PayloadFile } from './atomic-writer.ts';
import { tokenAccess } from './token-access.ts';

/** Where the content of volumes comes from. */
export interface PayloadSources {
  configMap(name: string): Promise<ConfigMap | undefined>;
  secret(name: string): Promise<Secret | undefined>;
  serviceAccountToken(audience: string | undefined, expirationSeconds: number): Promise<string>;
}

export interface PayloadContext {
  readonly pod: Pod;
  readonly facts: DownwardFacts;
  readonly sources: PayloadSources;
}

const DEFAULT_MODE = 0o644;
const DEFAULT_TOKEN_SECONDS = 3600;

interface KeyToPath {
  readonly key: string;
  readonly path: string;
  readonly mode?: number | undefined;
}

/** The files of a configMap, secret, downwardAPI or projected volume; `undefined` for other kinds. Throws `VOLUME_NOT_READY` in upstream's words. */
export async function payloadOf(volume: Volume, context: PayloadContext): Promise<Payload | undefined> {
  const { sources } = context;
  if (volume.configMap) {
    const { name = '', items, optional, defaultMode } = volume.configMap;
    return configMapFiles(await sources.configMap(name), name, items, optional === true, defaultMode ?? DEFAULT_MODE);
  }
  if (volume.secret) {
    const { secretName = '', items, optional, defaultMode } = volume.secret;
    const mode = defaultMode ?? DEFAULT_MODE;
    return secretFiles(await sources.secret(secretName), secretName, items, optional === true, mode);
  }
  if (volume.downwardAPI) {
    return downwardFiles(volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? DEFAULT_MODE, context);
  }
  if (volume.projected) return projectedFiles(volume.projected, context);
  return undefined;
}

async function projectedFiles(projected: NonNullable<Volume['projected']>, context: PayloadContext): Promise<Payload> {
  const mode = projected.defaultMode ?? DEFAULT_MODE;
  const files = new Map<string, PayloadFile>();
  for (const source of projected.sources ?? []) {
    for (const [path, file] of await sourceFiles(source, mode, context)) files.set(path, file);
  }
  return files;
}

type ProjectedSource = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

async function sourceFiles(source: ProjectedSource, mode: number, context: PayloadContext): Promise<Payload> {
  const { sources } = context;
  if (source.configMap) {
    const { name = '', items, optional } = source.configMap;
    return configMapFiles(await sources.configMap(name), name, items, optional === true, mode);
  }
  if (source.secret) {
    const { name = '', items, optional } = source.secret;
    return secretFiles(await sources.secret(name), name, items, optional === true, mode);
  }
  if (source.downwardAPI) return downwardFiles(source.downwardAPI.items ?? [], mode, context);
  if (source.serviceAccountToken) {
    const { audience, expirationSeconds, path } = source.serviceAccountToken;
    const token = await sources.serviceAccountToken(audience, expirationSeconds ?? DEFAULT_TOKEN_SECONDS);
    return new Map([[path, { data: Buffer.from(token), ...tokenAccess(context.pod, mode) }]]);
  }
  throw notReady('projected volume has a source that this agent does not know');
}

function configMapFiles(
  object: ConfigMap | undefined,
  name: string,
  items: readonly KeyToPath[] | undefined,
  optional: boolean,
  mode: number,
): Payload {
  if (!object && !optional) throw notReady(`configmap "${name}" not found`);
  const data = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(object?.data ?? {})) data.set(key, Buffer.from(value));
  for (const [key, value] of Object.entries(object?.binaryData ?? {})) data.set(key, Buffer.from(value, 'base64'));
  return projectKeys(data, items, optional, mode);
}

function secretFiles(
  object: Secret | undefined,
  name: string,
  items: readonly KeyToPath[] | undefined,
  optional: boolean,
  mode: number,
): Payload {
  if (!object && !optional) throw notReady(`secret "${name}" not found`);
  const data = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(object?.data ?? {})) data.set(key, Buffer.from(value, 'base64'));
  return projectKeys(data, items, optional, mode);
}

function projectKeys(
  data: ReadonlyMap<string, Buffer>,
  items: readonly KeyToPath[] | undefined,
  optional: boolean,
  mode: number,
): Payload {
  const files = new Map<string, PayloadFile>();
  if (!items || items.length === 0) {
    for (const [key, value] of data) files.set(key, { data: value, mode });
    return files;
  }
  for (const item of items) {
    const value = data.get(item.key);
    if (value) files.set(item.path, { data: value, mode: item.mode ?? mode });
    else if (!optional) throw notReady(`references non-existent config key: ${item.key}`);
  }
  return files;
}

type DownwardItem = NonNullable<NonNullable<Volume['downwardAPI']>['items']>[number];

function downwardFiles(items: readonly DownwardItem[], mode: number, { pod, facts }: PayloadContext): Payload {
  const files = new Map<string, PayloadFile>();
  for (const item of items) {
    const container = pod.spec?.containers.find(({ name }) => name === item.resourceFieldRef?.containerName);
    const value = item.fieldRef
      ? fieldValue(item.fieldRef.fieldPath, facts)
      : item.resourceFieldRef && container
        ? resourceValue(item.resourceFieldRef.resource, item.resourceFieldRef.divisor, container, facts)
        : undefined;
    if (value === undefined) throw notReady(`downward API item ${item.path} names nothing that exists`);
    files.set(item.path, { data: Buffer.from(value), mode: item.mode ?? mode });
  }
  return files;
}

function notReady(message: string): VigilError {
  return new VigilError('VOLUME_NOT_READY', 'transient', message);
}
