import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A field of a message as the wire has it. */
export interface ProtoField {
  readonly number: number;
  readonly name: string;
  /** Scalar (`string`, `int32`…) or the short name of a message: `core.v1.PodSpec`. */
  readonly type: string;
  readonly label: 'optional' | 'repeated' | 'map';
}

/** What the Go struct says about the same field: how it is written in JSON. */
export interface GoField {
  readonly json: string;
  readonly inline: boolean;
  readonly omitEmpty: boolean;
  readonly pointer: boolean;
}

/** `k8s.io.api.core.v1.Pod` → `core.v1.Pod`. */
export function shortName(fullName: string): string {
  return fullName
    .replace(/^\.?k8s\.io\.(api|(apiextensions_apiserver|kube_aggregator)\.pkg\.apis)\./, '')
    .replace(/^\.?k8s\.io\.apimachinery\.pkg\.(apis\.|api\.|util\.)?/, '');
}

/** Every message of a `generated.proto`: short name → fields. None of these files nests messages. */
export function readProto(file: string): Map<string, ProtoField[]> {
  const text = readFileSync(file, 'utf8')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/\/\*[\s\S]*?\*\//g, '');
  const packageName = /^package ([\w.]+);/m.exec(text)?.[1] ?? '';
  const messages = new Map<string, ProtoField[]>();
  for (const [, name, body] of text.matchAll(/^message (\w+) \{([^}]*)\}/gm)) {
    const fields: ProtoField[] = [];
    for (const [, label, mapValue, plain, field, number] of (body ?? '').matchAll(
      /(?:(optional|repeated) |map<string, ([\w.]+)> )([\w.]+ )?(\w+) = (\d+)/g,
    )) {
      const written = (mapValue ?? plain ?? '').trim();
      const isMessage = written.includes('.') || /^[A-Z]/.test(written);
      const type = !isMessage ? written : shortName(written.startsWith('.') ? written : `${packageName}.${written}`);
      fields.push({
        number: Number(number),
        name: field ?? '',
        type,
        label: mapValue === undefined ? (label as 'optional' | 'repeated') : 'map',
      });
    }
    messages.set(shortName(`${packageName}.${name}`), fields);
  }
  return messages;
}

export interface GoPackage {
  /** Struct → field number → JSON form. */
  readonly structs: ReadonlyMap<string, ReadonlyMap<number, GoField>>;
  /** Structs with apiVersion and kind. */
  readonly kinds: readonly string[];
  /** `type ExtraValue []string`: a message that stands for its own list. */
  readonly lists: readonly string[];
  /** `GroupName` of register.go; '' is core. */
  readonly group: string;
}

/** The struct tags of a package's Go files. */
export function readGoPackage(directory: string): GoPackage {
  const structs = new Map<string, Map<number, GoField>>();
  const kinds: string[] = [];
  const lists: string[] = [];
  let group = '';
  for (const file of readdirSync(directory)
    .filter((name) => name.endsWith('.go') && !name.startsWith('generated') && !name.startsWith('zz_'))
    .sort()) {
    const text = readFileSync(join(directory, file), 'utf8');
    group ||= /const GroupName = "([^"]*)"/.exec(text)?.[1] ?? '';
    for (const [, name] of text.matchAll(/^type (\w+) \[\]/gm)) if (name) lists.push(name);
    for (const [, name, body] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)) {
      if (name === undefined) continue;
      structs.set(name, fieldsOf(body ?? ''));
      if (/^\s*(metav1\.)?TypeMeta\s+`json:",inline"/m.test(body ?? '')) kinds.push(name);
    }
  }
  return { structs, kinds, lists, group };
}

function fieldsOf(body: string): Map<number, GoField> {
  const fields = new Map<number, GoField>();
  for (const line of body.split('\n')) {
    const match = /^\s*(?:\w+\s+)?(\*?)[\w.[\]*]+(?:\{\})?\s+`.*?json:"([^"]*)".*?protobuf:"[^,"]+,(\d+)/.exec(line);
    if (!match) continue;
    const [json = '', ...options] = (match[2] ?? '').split(',');
    fields.set(Number(match[3]), {
      json,
      inline: options.includes('inline'),
      omitEmpty: options.includes('omitempty'),
      pointer: match[1] === '*',
    });
  }
  return fields;
}
