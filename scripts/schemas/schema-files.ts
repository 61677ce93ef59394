import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitionNames } from './definition-names.ts';
import { readKinds } from './read-kinds.ts';
import { readModels } from './read-models.ts';

/** The text of each generated file by its name; the same input gives the same text. */
export async function schemaFiles(): Promise<Readonly<Record<'schemas.json' | 'descriptions.json', string>>> {
  const generatedDir = join(dirname(fileURLToPath(import.meta.resolve('@kubernetes/client-node'))), 'gen');
  const models = new Map((await readModels(generatedDir)).map((model) => [model.name, model]));
  const kinds = readKinds(generatedDir);
  const names = definitionNames(models, kinds);
  const types: Record<string, unknown> = {};
  const descriptions: Record<string, unknown> = {};
  for (const [model, name] of names) {
    const { fields = [], description } = models.get(model) ?? {};
    types[model] = { name, fields: Object.fromEntries(fields.map((field) => [field.name, field.type])) };
    descriptions[model] = {
      description,
      fields: Object.fromEntries(fields.map((field) => [field.name, field.description])),
    };
  }
  return {
    'schemas.json': `{"kinds":${linePerEntry(Object.fromEntries(kinds))},\n"types":${linePerEntry(types)}}\n`,
    'descriptions.json': `${linePerEntry(descriptions)}\n`,
  };
}

/** JSON with each entry of the outer object on its own line, so that a change can be read as a difference. */
function linePerEntry(entries: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(entries).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}
