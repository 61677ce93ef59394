import { ownBytes } from '../../../lib/own-bytes.ts';
/** The part of etcd's v3 API that is used, as its JSON gateway writes it: 64-bit numbers are texts, keys and values base64. Zero values are left out. */

export interface Header {
  readonly revision?: string;
}

export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

export interface RangeAnswer {
  readonly header: Header;
  readonly kvs?: readonly KeyValue[];
}

export interface TxnAnswer {
  readonly header: Header;
  readonly succeeded?: boolean;
  readonly responses?: readonly {
    readonly response_range?: { readonly kvs?: readonly KeyValue[] };
    readonly response_delete_range?: { readonly deleted?: string };
  }[];
}

export interface WatchAnswer {
  readonly result?: {
    readonly header: Header;
    readonly created?: boolean;
    readonly canceled?: boolean;
    /** Set when the watch was ended because its start was compacted. */
    readonly compact_revision?: string;
    readonly cancel_reason?: string;
    readonly events?: readonly { readonly type?: 'PUT' | 'DELETE'; readonly kv: KeyValue }[];
  };
  readonly error?: unknown;
}

export function encodeKey(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64');
}

/** The end of the range of all keys with a prefix: the prefix with its last byte increased. The prefix may not be empty. */
export function rangeEnd(prefix: string): string {
  const bytes = Buffer.from(prefix, 'utf8');
  const last = bytes.length - 1;
  bytes[last] = (bytes[last] ?? 0) + 1;
  return bytes.toString('base64');
}

export function decode(text: string): Buffer {
  return ownBytes(text, 'base64');
}
