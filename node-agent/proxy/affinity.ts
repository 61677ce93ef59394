import { createHash } from 'node:crypto';
import type { Backend } from './routes.ts';

/** Parts into which clients are hashed; more make shares more even and the rules longer. */
export const AFFINITY_BUCKETS = 64;

/**
 * Which backend each bucket of clients goes to (rendezvous hashing): the same on every node without shared state, and when a backend comes or goes only the clients
 * that must move do. Connections that are open stay where they are in any case.
 */
export function affinityBuckets(backends: readonly Backend[]): readonly Backend[] {
  return Array.from({ length: AFFINITY_BUCKETS }, (_, bucket) => {
    let best: Backend | undefined;
    let bestWeight = '';
    for (const backend of backends) {
      const weight = createHash('sha256').update(`${bucket}/${backend.ip}:${backend.port}`).digest('hex');
      if (weight > bestWeight) [best, bestWeight] = [backend, weight];
    }
    return best;
  }).filter((backend) => backend !== undefined);
}
