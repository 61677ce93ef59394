import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { boards, generatedFiles } from './generated-files.ts';
import { queries } from './queries.ts';
import { vigilObjects } from './saved-objects/vigil-objects.ts';

interface GridPanel {
  readonly id: number;
  readonly title: string;
  readonly description?: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

const files = generatedFiles();
const grafanaBoards = boards.map((board) => {
  const json = JSON.parse(files.get(`grafana/${board.uid}.json`) ?? '') as { title: string; panels: GridPanel[] };
  return { name: board.uid, json };
});

describe('the generated dashboards', () => {
  test.each([...files.keys()])('%s in the repository is what the generator writes', (path) => {
    expect(readFileSync(join(import.meta.dirname, 'out', path), 'utf8')).toBe(files.get(path));
  });

  test.each(grafanaBoards)('$name has panels that do not overlap and fit the grid', ({ json }) => {
    const taken = new Set<string>();
    for (const { gridPos, title } of json.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false);
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  test.each(grafanaBoards)('$name says of each panel what it shows', ({ json }) => {
    const panels = json.panels.filter((panel) => panel.type !== 'row');
    expect(panels.length).toBeGreaterThan(0);
    expect(panels.filter((panel) => !panel.description)).toEqual([]);
    expect(new Set(json.panels.map((panel) => panel.id)).size).toBe(json.panels.length);
  });

  test('every query balances its brackets and has a legend', () => {
    for (const [name, { expr, legend }] of Object.entries(queries)) {
      expect(expr.split('(').length, name).toBe(expr.split(')').length);
      expect(expr.split('{').length, name).toBe(expr.split('}').length);
      expect(legend, name).not.toBe('');
    }
  });

  test('saved objects refer only to objects that come before them', () => {
    const seen = new Set<string>();
    for (const object of vigilObjects()) {
      for (const reference of object.references)
        expect(seen.has(`${reference.type}/${reference.id}`), object.id).toBe(true);
      seen.add(`${object.type}/${object.id}`);
    }
    expect(seen.size).toBe(vigilObjects().length);
  });
});
