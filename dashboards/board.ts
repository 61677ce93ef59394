import grafana from 'grafana-dash-gen';
import { config } from './config.ts';
import type { Panel } from './panels.ts';

const GRID_COLUMNS = 24;

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** A PromQL `label_values(…)`. */
  readonly query: string;
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  /** Each row is laid out from the left; a panel that does not fit begins a new line. */
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

/** The dashboard as Grafana imports it. */
export function boardJson(board: Board): Record<string, unknown> {
  const dashboard = new grafana.Dashboard({
    title: board.title,
    refresh: config.refresh,
    time: { from: config.timeFrom, to: 'now' },
  }).generate();
  const panels: unknown[] = [];
  let y = 0;
  for (const row of board.rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: GRID_COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const panel of row.panels) {
      if (x + panel.width > GRID_COLUMNS) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      panels.push({ id: panels.length + 1, ...panel.json, gridPos: { x, y, w: panel.width, h: panel.height } });
      x += panel.width;
      lineHeight = Math.max(lineHeight, panel.height);
    }
    y += lineHeight;
  }
  return {
    uid: board.uid,
    title: dashboard.title,
    description: board.description,
    tags: config.tags,
    timezone: 'browser',
    editable: true,
    graphTooltip: 1,
    schemaVersion: 39,
    refresh: dashboard.refresh,
    time: dashboard.time,
    templating: { list: board.variables.map(variableJson) },
    panels,
  };
}

function variableJson(variable: Variable): Record<string, unknown> {
  return {
    name: variable.name,
    label: variable.label,
    type: 'query',
    datasource: config.prometheus,
    query: { query: variable.query, refId: variable.name },
    definition: variable.query,
    refresh: 2,
    sort: 1,
  };
}
