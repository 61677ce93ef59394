import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

interface Row {
  readonly entry: string;
  /** The test's file, and its name where that is another than the entry. */
  readonly file: string | undefined;
  readonly name: string;
}

/** `| [sig-…] … | `file`: name |`. */
function rowsOf(text: string): readonly Row[] {
  return [...text.matchAll(/^\| (\[sig-.+?) \| (.+) \|$/gm)].map(([, entry = '', where = '']) => {
    const [, file, name] = /^`([^`]+)`(?:: (.+))?$/.exec(where) ?? [];
    return { entry, file, name: name ?? entry };
  });
}

const rows = rowsOf(readFileSync(join(root, 'docs/conformance.md'), 'utf8'));

/** As a test's name is written in its source: quotes may be escaped. */
const sourceOf = (file: string) => readFileSync(join(root, file), 'utf8').replaceAll(String.raw`\'`, "'");

describe('the index of conformance tests', () => {
  test('has each of the published tests once, with a test of ours', () => {
    expect(rows.length).toBe(303);
    expect(new Set(rows.map(({ entry }) => entry)).size).toBe(rows.length);
    expect(rows.filter(({ file }) => file === undefined)).toEqual([]);
  });

  test('names tests that there are', () => {
    const wrong = rows
      .filter(({ file }) => file !== undefined)
      .filter(({ file = '', name }) => !existsSync(join(root, file)) || !sourceOf(file).includes(name));
    expect(wrong).toEqual([]);
  });
});
