import type { KubeObject } from '../../../lib/kube/types.ts';

export type CellValue = string | number | boolean | null;

/** A column of `kubectl get`, as upstream prints the kind. `priority` above 0 is shown by `-o wide` only. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` on the first column. */
  readonly format?: string | undefined;
  readonly description: string;
  readonly priority: number;
  value(object: T, nowMs: number): CellValue;
}

export const nameDescription =
  'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically.';

/** A column; `wide` ones are shown by `-o wide` only. */
export function column<T extends KubeObject>(
  name: string,
  value: (object: T, nowMs: number) => CellValue,
  options: { readonly type?: Column['type']; readonly wide?: true; readonly description?: string } = {},
): Column<T> {
  return {
    name,
    type: options.type ?? 'string',
    description: options.description ?? '',
    priority: options.wide ? 1 : 0,
    value,
  };
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: nameDescription,
  priority: 0,
  value: (object) => object.metadata?.name ?? '',
};

export const ageColumn: Column = column('Age', (object, nowMs) => ageOf(object.metadata?.creationTimestamp, nowMs));

/** Time since a moment as kubectl prints it: `5s`, `3m20s`, `4h5m`, `2d`; `<unknown>` without one. */
export function ageOf(time: string | undefined, nowMs: number): string {
  const ms = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(ms) ? '<unknown>' : humanDuration(nowMs - ms);
}

/** Upstream's rounding: the coarser the longer. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** `a=b,c=d`, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const text = Object.entries(labels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return text || '<none>';
}
