import { join } from 'node:path';
import { Batch } from '../../../log-shipper/buffer/batch.ts';
import type { Position } from '../../../log-shipper/buffer/position.ts';
import type { LineTransform } from '../../../log-shipper/enrich/line-transform.ts';
import { ContainerTail } from '../../../log-shipper/source/container-tail.ts';
import { LogHolder } from '../../../log-shipper/source/hold/log-holder.ts';
import { logSource, type DockerLogFiles } from './docker-log-files.ts';

export interface Shipped {
  readonly id: string;
  readonly document: Record<string, unknown>;
}

function itemsOf(batch: Batch): Shipped[] {
  const lines = batch.body.toString().split('\n');
  const items: Shipped[] = [];
  for (let n = 0; n + 1 < lines.length; n += 2) {
    const action = JSON.parse(lines[n] ?? '') as { create: { _id: string } };
    items.push({ id: action.create._id, document: JSON.parse(lines[n + 1] ?? '') as Record<string, unknown> });
  }
  return items;
}

export const messages = (shipped: readonly Shipped[]) => shipped.map((item) => item.document['message']);

/** A tail with a holder of its own, as the shipper joins them. */
export class HeldTail {
  readonly tail: ContainerTail;
  readonly #id: string;
  readonly #holder = new LogHolder(({ files, missed }) => this.tail.take(files, missed));
  readonly #inflating: string[] = [];

  constructor(files: DockerLogFiles, start?: Position, ended = false, transform?: LineTransform) {
    const id = files.containerId;
    this.#id = id;
    this.tail = new ContainerTail(logSource(id, files.path, ended ? { endedAt: '2026-11-29T08:00:00Z' } : {}), {
      clusterName: 'demo',
      start,
      transform,
      inflate: (key) => this.#inflating.push(key),
    });
    this.#holder.add({ id, path: files.path, holdDirs: [join(files.dir, '../holds')] });
  }

  get acknowledged(): Position | undefined {
    return this.tail.progress.acknowledgedUpTo(this.tail.position());
  }

  /** What the holder's thread does at every change of the folder. */
  look(): void {
    this.#holder.look(this.#id);
  }

  /** What was seen has its link. */
  async settle(): Promise<void> {
    await this.#holder.settled(this.#id);
  }

  /** Reads until there is nothing more, acknowledging everything. */
  async drain(): Promise<Shipped[]> {
    this.look();
    await this.settle();
    const shipped: Shipped[] = [];
    for (let idle = 0, turns = 0; idle < 2; turns++) {
      if (turns > 10_000) throw new Error('the tail never comes to rest');
      const batch = new Batch();
      const result = this.tail.read(batch);
      if (batch.count > 0) {
        const position = this.tail.position();
        if (position) this.tail.progress.sent(batch, position);
        shipped.push(...itemsOf(batch));
        for (const lines of batch.contributions.values()) this.tail.acknowledged(batch, lines);
      }
      idle = result === 'idle' ? idle + 1 : 0;
      for (const key of this.#inflating.splice(0)) {
        await this.#holder.inflate(this.#id, key);
        idle = 0;
      }
    }
    return shipped;
  }

  /** What happens when the checkpoint is on disk. */
  release(): void {
    if (this.acknowledged) this.#holder.release(this.#id, this.tail.released(this.acknowledged));
  }

  /** As when the process ends: links that are being made are made. */
  async close(): Promise<void> {
    await this.#holder.idle();
    this.tail.close();
  }
}
