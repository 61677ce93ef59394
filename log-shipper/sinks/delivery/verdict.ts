/** What to do about the answer to a request. */
export type Verdict =
  | { readonly kind: 'taken' }
  /** Taken, but so many items were rejected without a word on which. Asking again would double the others. */
  | { readonly kind: 'partly-rejected'; readonly count: number; readonly reason: string }
  /** The whole request failed for now. */
  | { readonly kind: 'retry'; readonly reason: string }
  /** The request as a whole is refused (too large, not understood): smaller ones show which item is to blame. */
  | { readonly kind: 'split'; readonly status: number; readonly reason: string }
  | { readonly kind: 'items'; readonly items: readonly ItemVerdict[] };

export type ItemVerdict =
  | { readonly kind: 'taken' }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'retry'; readonly reason: string }
  | { readonly kind: 'refused'; readonly status: number; readonly type: string; readonly reason: string };
