import type { HeldLog, LookResult } from './held-file.ts';

/** To the thread that holds logs. */
export type HoldRequest =
  | { readonly kind: 'follow'; readonly log: HeldLog }
  | { readonly kind: 'look'; readonly id: string }
  | { readonly kind: 'inflate'; readonly id: string; readonly key: string }
  | { readonly kind: 'release'; readonly id: string; readonly keys: readonly string[] }
  | { readonly kind: 'remove'; readonly id: string }
  | { readonly kind: 'stop' };

/** From it. */
export type HoldAnswer =
  | { readonly kind: 'found'; readonly result: LookResult }
  /** A look that was asked for is done; what it found came before. */
  | { readonly kind: 'looked'; readonly id: string };
