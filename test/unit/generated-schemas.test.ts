import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atomicMaps, atomicStructures, mergeRules } from '../../lib/kube/merge-keys.ts';
import { schemaTables } from '../../lib/kube/schema-tables.ts';
import { schemaFiles } from '../../scripts/schemas/schema-files.ts';

const directory = join(import.meta.dirname, '..', '..', 'lib', 'kube', 'generated');

describe('the generated schemas', () => {
  it('are what the generator makes of the published models today', async () => {
    for (const [name, text] of Object.entries(await schemaFiles())) {
      // Compared as a whole, but not printed: the files are long.
      expect(
        readFileSync(join(directory, name), 'utf8') === text,
        `${name} is out of date: node scripts/generate-schemas.ts`,
      ).toBe(true);
    }
  });

  it('have every field that a merge rule names', () => {
    const { types } = schemaTables();
    const missing = [...Object.keys(mergeRules), ...atomicMaps].filter((path) => {
      const [type = '', field = ''] = path.split('.');
      return types[type]?.fields[field] === undefined;
    });
    expect(missing).toEqual([]);
    expect([...atomicStructures].filter((name) => types[name] === undefined)).toEqual([]);
  });

  it('refer only to types that are there', () => {
    const { types, kinds } = schemaTables();
    const scalars = new Set(
      'string boolean int32 int64 double bytes time micro-time quantity int-or-string any'.split(' '),
    );
    const unknown = [
      ...Object.values(kinds).filter((name) => types[name] === undefined),
      ...Object.entries(types).flatMap(([name, { fields }]) =>
        Object.entries(fields)
          .map(([field, type]) => [`${name}.${field}`, type.replaceAll(/\[\]|\{\}|!/g, '')] as const)
          .filter(([, type]) => !scalars.has(type) && types[type] === undefined)
          .map(([path]) => path),
      ),
    ];
    expect(unknown).toEqual([]);
  });
});
