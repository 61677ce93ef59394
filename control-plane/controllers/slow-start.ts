import { isNamespaceEnding } from './namespace/ending.ts';

/**
 * Creates things 1, 2, 4… at a time, so that when every creation fails (no quota, a webhook that refuses) the API is asked a few times, not `items.length` times. Ends after
 * the batch in which one failed, and resolves with its error; not with that of a namespace that ends, for there is nothing more to do in it.
 */
export async function slowStart<T>(
  items: readonly T[],
  create: (item: T) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  for (let at = 0, size = 1; at < items.length; at += size, size *= 2) {
    const results = await Promise.allSettled(items.slice(at, at + size).map(create));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) return isNamespaceEnding(failed.reason) ? undefined : { error: failed.reason };
  }
  return undefined;
}
