/** A place in the console, with its query: every view can be linked to, with its time. */
export interface Route {
  readonly place: 'cluster' | 'workload' | 'logs' | 'alerts';
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

const places = ['cluster', 'workload', 'logs', 'alerts'] as const;

/** `#/workload/shop/Deployment/cart?since=15m`. An unknown place is the cluster. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [first, ...segments] = path.split('/').map(decodeURIComponent);
  return { place: places.find((place) => place === first) ?? 'cluster', segments, query: new URLSearchParams(query) };
}

export function formatRoute(
  place: Route['place'],
  segments: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const search = new URLSearchParams(query).toString();
  return `#/${[place, ...segments].map(encodeURIComponent).join('/')}${search === '' ? '' : `?${search}`}`;
}
