import type { LossCount } from './loss-count.ts';

/** What a row found, and what it has to say beside its count. */
export interface LossResult extends LossCount {
  readonly note?: string;
}

/** A result that says something more. */
export function withNote(result: LossResult, note: string): LossResult {
  return { ...result, note: [note, ...(result.note === undefined ? [] : [result.note])].join('; ') };
}
