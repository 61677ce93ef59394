import type { ProbeRecord } from '../../lib/signals/records.ts';

/** Attempts kept of each probe. */
const MAX_RECORDS = 60;
/** Probes remembered: three of each container of 110 pods with room to spare. */
const MAX_PROBES = 2_000;

/** The last attempts of each probe of each pod, for whoever asks how it went. Restarts do not clear it: that is when people ask. */
export class ProbeHistory {
  readonly #rings = new Map<string, ProbeRecord[]>();

  add(record: ProbeRecord): void {
    const key = `${record.podUid}/${record.container}/${record.probe}`;
    const ring = this.#rings.get(key) ?? [];
    ring.push(record);
    if (ring.length > MAX_RECORDS) ring.shift();
    this.#rings.delete(key);
    this.#rings.set(key, ring);
    if (this.#rings.size <= MAX_PROBES) return;
    for (const oldest of this.#rings.keys()) {
      this.#rings.delete(oldest);
      return;
    }
  }

  /** Of one pod, oldest first within each probe. */
  ofPod(podUid: string): readonly (readonly ProbeRecord[])[] {
    return [...this.#rings].filter(([key]) => key.startsWith(`${podUid}/`)).map(([, ring]) => ring);
  }

  forget(podUid: string): void {
    for (const key of this.#rings.keys()) if (key.startsWith(`${podUid}/`)) this.#rings.delete(key);
  }
}
