import type { Dataset } from './records.ts';

/** Added to the name of a spool file while its writer still appends to it. */
export const OPEN_SUFFIX = '.open';

const fileName =
  /^(probes|terminations|events|decisions|audit|containers)-(\d{1,15})-([0-9a-z]{1,32})\.ndjson(\.open)?$/;

/** `<dataset>-<ms since the epoch>-<unique>.ndjson` */
export function spoolFileName(dataset: Dataset, startMs: number, unique: string): string {
  return `${dataset}-${startMs}-${unique}.ndjson`;
}

/** What a spool file's name says; `undefined` for anything else in the folder. `id` is the same while the file is open and after. */
export function parseSpoolFileName(
  name: string,
): { readonly dataset: Dataset; readonly startMs: number; readonly id: string; readonly open: boolean } | undefined {
  const match = fileName.exec(name);
  if (!match?.[1] || !match[2] || !match[3]) return undefined;
  return {
    dataset: match[1] as Dataset,
    startMs: Number(match[2]),
    id: `${match[1]}-${match[2]}-${match[3]}`,
    open: match[4] !== undefined,
  };
}
