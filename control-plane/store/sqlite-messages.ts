import type { StoredEntry, WriteOutcome } from './store.ts';

/** What the SQLite store and its worker thread say to each other. One batch of writes is one transaction. */
export interface WriteRequest {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly expectedRevision: number;
}

export type WorkerRequest =
  | { readonly kind: 'writes'; readonly writes: readonly WriteRequest[] }
  | { readonly kind: 'get'; readonly id: number; readonly key: string }
  | { readonly kind: 'list'; readonly id: number; readonly prefix: string }
  | { readonly kind: 'wipe'; readonly id: number }
  | { readonly kind: 'close' };

export type WorkerReply =
  | { readonly kind: 'opened'; readonly revision: number }
  | { readonly kind: 'written'; readonly outcomes: readonly WriteOutcome[] }
  | { readonly kind: 'notWritten'; readonly message: string }
  | {
      readonly kind: 'entries';
      readonly id: number;
      readonly revision: number;
      readonly entries: readonly StoredEntry[];
    }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string }
  | { readonly kind: 'closed' };
