/**
 * How many pods to make at a time: 1, 2, 4… so that when every creation fails (no quota, a webhook that refuses) the API is asked a few times, not `total` times.
 */
export function slowStartBatches(total: number): number[] {
  const batches: number[] = [];
  for (let left = total, size = 1; left > 0; size *= 2) {
    batches.push(Math.min(size, left));
    left -= Math.min(size, left);
  }
  return batches;
}
