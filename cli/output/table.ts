/** Visible width of a text: escape sequences take no room. */
function widthOf(text: string): number {
  // eslint-disable-next-line no-control-regex -- colour sequences begin with the control character ESC
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
}

/**
 * Rows in aligned columns, three blanks apart as kubectl has them. On a terminal of `columns` characters, columns are left out from the right until the rest fits, but never
 * the first two; what is piped (`columns` undefined) is whole.
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[], columns?: number): string {
  const all = [header, ...rows];
  const widths = header.map((_, index) => Math.max(...all.map((row) => widthOf(row[index] ?? ''))));
  const shown = columns === undefined ? header.length : fitting(widths, columns);
  return all
    .map((row) =>
      row
        .slice(0, shown)
        .map((cell, index) =>
          index === shown - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell) + 3),
        )
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

function fitting(widths: readonly number[], columns: number): number {
  let shown = widths.length;
  while (shown > 2 && totalWidth(widths.slice(0, shown)) > columns) shown--;
  return shown;
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + 3, -3);
}
