import type { KubeObject, ObjectMeta } from '../../lib/kube/types.ts';

/** The server's own rendering of objects: the same columns as kubectl prints. */
export interface ServerTable {
  readonly kind: 'Table';
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: KubeObject & { metadata?: ObjectMeta };
}

export const tableAccept = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };

/** The cells of a row as text; columns of a priority above 0 only with `wide`. */
export function cellsOf(table: ServerTable, row: TableRow, wide: boolean): string[] {
  return table.columnDefinitions.flatMap((column, index) => {
    if (column.priority > 0 && !wide) return [];
    const cell = row.cells[index];
    return [
      cell === null || cell === undefined || cell === ''
        ? '<none>'
        : typeof cell === 'string'
          ? cell
          : JSON.stringify(cell),
    ];
  });
}

export function headerOf(table: ServerTable, wide: boolean): string[] {
  return table.columnDefinitions
    .filter((column) => column.priority === 0 || wide)
    .map((column) => column.name.toUpperCase());
}
