import { isMet } from '../targets.ts';

/** A figure as a line of the table; those with a bound are held against it. */
export type Row = {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
} & ({ readonly is: 'at least' | 'at most'; readonly bound: number } | { readonly is?: never });

export function missed(rows: readonly Row[]): readonly Row[] {
  return rows.filter((row) => row.is !== undefined && !isMet({ ...row, figure: row.value }));
}

/** The table as lines of text. */
export function tableOf(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map((row) => {
    const figure = `${row.name.padEnd(width)} ${rounded(row.value).padStart(8)} ${row.unit.padEnd(3)}`;
    if (row.is === undefined) return figure.trimEnd();
    const target = `${row.is === 'at least' ? '≥' : '≤'} ${row.bound} ${row.unit}`;
    return `${figure} ${target.padEnd(12)} ${missed([row]).length === 0 ? '✓' : '✗'}`;
  });
}

function rounded(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3);
}
