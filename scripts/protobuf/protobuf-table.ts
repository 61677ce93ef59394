import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readGoPackage, readProto, type GoField, type ProtoField } from './read-messages.ts';

/** Bits of a field's flags in the table; `lib/kube/protobuf.ts` reads them. */
const flags = { repeated: 1, map: 2, pointer: 4, omitEmpty: 8, inline: 16 } as const;

export interface ProtobufTable {
  /** Published version of the modules. */
  readonly version: string;
  /** `apps/v1/Deployment` → message. */
  readonly kinds: Readonly<Record<string, string>>;
  /** Message → `number name type flags` joined by `|`. */
  readonly messages: Readonly<Record<string, string>>;
  /** Messages that are written as their own list. */
  readonly lists: readonly string[];
}

/** Where the sources of the modules k8s.io/api, apimachinery, apiextensions-apiserver and kube-aggregator are. */
export interface ModuleDirectories {
  readonly api: string;
  readonly machinery: string;
  readonly extensions: string;
  readonly aggregator: string;
}

/** What is answered beside the kinds of the groups. */
const metaKinds: Readonly<Record<string, string>> = {
  'v1/Status': 'meta.v1.Status',
  'meta.k8s.io/v1/PartialObjectMetadata': 'meta.v1.PartialObjectMetadata',
  'meta.k8s.io/v1/PartialObjectMetadataList': 'meta.v1.PartialObjectMetadataList',
  'meta.k8s.io/v1beta1/PartialObjectMetadata': 'meta.v1.PartialObjectMetadata',
  'meta.k8s.io/v1beta1/PartialObjectMetadataList': 'meta.v1beta1.PartialObjectMetadataList',
};

/** The wire format of every GA kind, from the published .proto files (numbers, types) and Go structs (JSON names, what is left out when empty). */
export function protobufTable(directories: ModuleDirectories): ProtobufTable {
  const { api, machinery, extensions, aggregator } = directories;
  const kinds: Record<string, string> = { ...metaKinds };
  const messages: Record<string, string> = {};
  const lists: string[] = [];
  const add = (directory: string, isGroup: boolean) => {
    const go = readGoPackage(directory);
    const version = basename(directory);
    for (const [name, fields] of readProto(join(directory, 'generated.proto'))) {
      const bare = name.slice(name.lastIndexOf('.') + 1);
      messages[name] = fields.map((field) => row(field, go.structs.get(bare)?.get(field.number))).join('|');
      if (go.lists.includes(bare)) lists.push(name);
      if (isGroup && go.kinds.includes(bare))
        kinds[`${go.group === '' ? '' : `${go.group}/`}${version}/${bare}`] = name;
    }
  };
  for (const group of foldersOf(api)) {
    for (const version of foldersOf(join(api, group)).filter((name) => /^v\d+$/.test(name))) {
      if (existsSync(join(api, group, version, 'generated.proto'))) add(join(api, group, version), true);
    }
  }
  add(join(extensions, 'pkg/apis/apiextensions/v1'), true);
  add(join(aggregator, 'pkg/apis/apiregistration/v1'), true);
  for (const place of ['apis/meta/v1', 'apis/meta/v1beta1', 'runtime', 'api/resource', 'util/intstr'])
    add(join(machinery, 'pkg', place), false);
  return {
    version: /@(v[\d.]+)$/.exec(api)?.[1] ?? 'unknown',
    kinds,
    messages: onlyReachable(messages, Object.values(kinds)),
    lists,
  };
}

function foldersOf(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

function row(field: ProtoField, go: GoField | undefined): string {
  const bits =
    (field.label === 'repeated' ? flags.repeated : 0) |
    (field.label === 'map' ? flags.map : 0) |
    (go?.pointer ? flags.pointer : 0) |
    (go?.omitEmpty ? flags.omitEmpty : 0) |
    (go?.inline ? flags.inline : 0);
  const json = go === undefined || go.json === '' || go.json === '-' ? field.name : go.json;
  return `${field.number} ${json} ${field.type} ${bits}`;
}

/** What is sent: the kinds, DeleteOptions and the envelope, with all that they hold. */
function onlyReachable(messages: Readonly<Record<string, string>>, kinds: readonly string[]): Record<string, string> {
  const reached: Record<string, string> = {};
  const queue = [...kinds, 'meta.v1.DeleteOptions', 'runtime.Unknown'];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const fields = messages[name];
    if (fields === undefined || name in reached) continue;
    reached[name] = fields;
    for (const field of fields.split('|')) queue.push(field.split(' ')[2] ?? '');
  }
  return Object.fromEntries(Object.entries(reached).sort(([a], [b]) => (a < b ? -1 : 1)));
}
