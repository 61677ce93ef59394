/** One object of an NDJSON import, as OpenSearch Dashboards and Kibana write them. */
export interface SavedObject {
  readonly type: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly references: readonly { readonly type: string; readonly id: string; readonly name: string }[];
}

/** Data view: `index-pattern` in both products. */
export function dataView(id: string, title: string): SavedObject {
  return { type: 'index-pattern', id, attributes: { title, timeFieldName: '@timestamp' }, references: [] };
}

const searchSourceReference = 'kibanaSavedObjectMeta.searchSourceJSON.index';

function searchSource(query: string): { readonly searchSourceJSON: string } {
  return {
    searchSourceJSON: JSON.stringify({
      query: { query, language: 'lucene' },
      filter: [],
      indexRefName: searchSourceReference,
    }),
  };
}

/** A search with its columns, newest first. */
export function savedSearch(
  id: string,
  title: string,
  viewId: string,
  columns: readonly string[],
  query = '',
): SavedObject {
  return {
    type: 'search',
    id,
    attributes: {
      title,
      description: '',
      columns,
      sort: [['@timestamp', 'desc']],
      version: 1,
      kibanaSavedObjectMeta: searchSource(query),
    },
    references: [{ type: 'index-pattern', id: viewId, name: searchSourceReference }],
  };
}

/** Documents over time, stacked by the values of a field. */
export function histogram(id: string, title: string, viewId: string, byField: string, query = ''): SavedObject {
  const visState = {
    title,
    type: 'histogram',
    aggs: [
      { id: '1', enabled: true, type: 'count', schema: 'metric', params: {} },
      {
        id: '2',
        enabled: true,
        type: 'date_histogram',
        schema: 'segment',
        params: { field: '@timestamp', interval: 'auto', min_doc_count: 1 },
      },
      {
        id: '3',
        enabled: true,
        type: 'terms',
        schema: 'group',
        params: { field: byField, size: 10, order: 'desc', orderBy: '1' },
      },
    ],
    params: {
      type: 'histogram',
      addTooltip: true,
      addLegend: true,
      legendPosition: 'right',
      seriesParams: [
        { show: true, type: 'histogram', mode: 'stacked', data: { id: '1', label: 'Count' }, valueAxis: 'ValueAxis-1' },
      ],
    },
  };
  return visualization(id, title, viewId, visState, query);
}

/** The most frequent values of a field with their counts. */
export function topValues(id: string, title: string, viewId: string, field: string, query = ''): SavedObject {
  const visState = {
    title,
    type: 'table',
    aggs: [
      { id: '1', enabled: true, type: 'count', schema: 'metric', params: {} },
      {
        id: '2',
        enabled: true,
        type: 'terms',
        schema: 'bucket',
        params: { field, size: 20, order: 'desc', orderBy: '1' },
      },
    ],
    params: { perPage: 10, showPartialRows: false, showTotal: false },
  };
  return visualization(id, title, viewId, visState, query);
}

function visualization(id: string, title: string, viewId: string, visState: unknown, query: string): SavedObject {
  return {
    type: 'visualization',
    id,
    attributes: {
      title,
      description: '',
      version: 1,
      uiStateJSON: '{}',
      visState: JSON.stringify(visState),
      kibanaSavedObjectMeta: searchSource(query),
    },
    references: [{ type: 'index-pattern', id: viewId, name: searchSourceReference }],
  };
}

/** Panels in a grid of 48 columns, two abreast. */
export function dashboard(id: string, title: string, description: string, panels: readonly SavedObject[]): SavedObject {
  const panelsJSON = panels.map((panel, index) => ({
    version: '8.0.0',
    panelIndex: String(index),
    panelRefName: `panel_${index}`,
    type: panel.type,
    embeddableConfig: {},
    gridData: { i: String(index), x: (index % 2) * 24, y: Math.floor(index / 2) * 15, w: 24, h: 15 },
  }));
  return {
    type: 'dashboard',
    id,
    attributes: {
      title,
      description,
      version: 1,
      hits: 0,
      timeRestore: true,
      timeFrom: 'now-1h',
      timeTo: 'now',
      optionsJSON: JSON.stringify({ useMargins: true, hidePanelTitles: false }),
      panelsJSON: JSON.stringify(panelsJSON),
      kibanaSavedObjectMeta: {
        searchSourceJSON: JSON.stringify({ query: { query: '', language: 'lucene' }, filter: [] }),
      },
    },
    references: panels.map((panel, index) => ({ type: panel.type, id: panel.id, name: `panel_${index}` })),
  };
}

/** What an import wants: one object a line, what is referred to before what refers to it. */
export function ndjson(objects: readonly SavedObject[]): string {
  return `${objects.map((object) => JSON.stringify(object)).join('\n')}\n`;
}
