import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A member of a struct, as it is written in JSON. */
export interface GoMember {
  /** '' for a struct whose members are those of this one. */
  readonly json: string;
  /** As the source has it: `*[]v1.Container`. */
  readonly type: string;
  readonly omitsEmpty: boolean;
}

/** The types of one package of Go. */
export interface GoPackage {
  readonly structs: ReadonlyMap<string, readonly GoMember[]>;
  /** Types that are names of others: `PullPolicy` → `string`. */
  readonly named: ReadonlyMap<string, string>;
  /** Name in the sources → path of the package. */
  readonly imports: ReadonlyMap<string, string>;
}

/** The types that the sources in a directory declare. */
export function readGoPackage(directory: string): GoPackage {
  const structs = new Map<string, readonly GoMember[]>();
  const named = new Map<string, string>();
  const imports = new Map<string, string>();
  const files = existsSync(directory) ? readdirSync(directory).sort() : [];
  for (const file of files.filter((name) => name.endsWith('.go') && !/^(generated|zz_)|_test\.go$/.test(name))) {
    const text = readFileSync(join(directory, file), 'utf8');
    for (const [, name, path = ''] of text.matchAll(/^\s*(?:import )?(\w+ )?"([\w./-]+)"$/gm))
      imports.set((name ?? path.slice(path.lastIndexOf('/') + 1)).trim(), path);
    for (const [, name = '', body = ''] of text.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm))
      structs.set(name, [...membersIn(body)]);
    for (const [, name = '', type = ''] of text.matchAll(/^type (\w+) ((?:\w+|\[\]|map\[)[\w.[\]]*)$/gm))
      named.set(name, type);
  }
  return { structs, named, imports };
}

function* membersIn(body: string): Iterable<GoMember> {
  for (const line of body.split('\n')) {
    const [, type, tag] = /^\s*(?:\w+\s+)?(\*?[\w.[\]*]+)\s+`.*?json:"([^"]*)"/.exec(line) ?? [];
    if (type === undefined || tag === undefined) continue;
    const [json = '', ...options] = tag.split(',');
    if (json !== '-') yield { json, type, omitsEmpty: options.includes('omitempty') };
  }
}
