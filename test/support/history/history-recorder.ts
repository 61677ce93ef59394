import { setTimeout as delay } from 'node:timers/promises';
import { systemChance } from '../../../control-plane/registry/chance.ts';
import { KubeApiError, type KubeClient } from '../../../lib/kube/client.ts';
import { configMaps } from '../../../lib/kube/resources.ts';
import type { ConfigMap } from '../../../lib/kube/types.ts';
import type { Attempt, Read, SeenEvent, SeenState, Span } from './history.ts';

const NAMESPACE = 'default';
const COLORS = ['red', 'blue'] as const;
/** Before a server that does not answer is asked again. */
const RETRY_MS = 20;

type Write = Omit<Attempt, 'client' | 'name' | 'startedMs' | 'endedMs' | 'outcome' | 'revision'>;

/** Clients that read and write a few shared objects as fast as they can, and what they did and were told. */
export class HistoryRecorder {
  readonly attempts: Attempt[] = [];
  readonly reads: Read[] = [];
  readonly #history: string;
  readonly #names: readonly string[];

  /** `history` is the name of this one, in the label `history` of its objects. */
  constructor(history: string, objects: number) {
    this.#history = history;
    this.#names = Array.from({ length: objects }, (_, index) => `${history}-${index}`);
  }

  get acknowledged(): number {
    return this.attempts.filter(({ outcome }) => outcome === 'acknowledged').length;
  }

  /** Reads an object and changes it on the condition that it is as read, over and over. */
  async write(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
    for (let n = 0; !signal.aborted; n++) {
      const target = anyOf(this.#names);
      const read = await this.#read(client, name, target);
      if (read === undefined) {
        await delay(RETRY_MS);
        continue;
      }
      const value = `${name}-${n}`;
      const color = anyOf(COLORS);
      if (read === 'absent') {
        await this.#attempt(name, target, { kind: 'create', value }, () =>
          client.create(configMaps, this.#object(target, value, color)),
        );
        continue;
      }
      const { resourceVersion = '' } = read.metadata ?? {};
      const base = Number(resourceVersion);
      if (systemChance.below(10) === 0) {
        await this.#attempt(name, target, { kind: 'delete', base }, () =>
          client.delete(configMaps, { namespace: NAMESPACE, name: target }, { preconditions: { resourceVersion } }),
        );
      } else {
        await this.#attempt(name, target, { kind: 'update', value, base }, () =>
          client.update(configMaps, this.#object(target, value, color, resourceVersion)),
        );
      }
    }
  }

  /** Gives one object both colors one after the other, which every watcher sees whatever it selects; what came before has been seen when that is. */
  async close(client: KubeClient): Promise<{ readonly revision: number }> {
    const last = `${this.#history}-last`;
    await this.#attempt('closer', last, { kind: 'create', value: 'last-red' }, () =>
      client.create(configMaps, this.#object(last, 'last-red', 'red')),
    );
    const base = this.attempts.at(-1)?.revision ?? 0;
    await this.#attempt('closer', last, { kind: 'update', value: 'last-blue', base }, () =>
      client.update(configMaps, this.#object(last, 'last-blue', 'blue', String(base))),
    );
    return { revision: this.attempts.at(-1)?.revision ?? 0 };
  }

  #object(name: string, value: string, color: string, resourceVersion?: string): ConfigMap {
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name,
        namespace: NAMESPACE,
        labels: { history: this.#history, color },
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
      data: { value },
    };
  }

  async #read(client: KubeClient, name: string, target: string): Promise<ConfigMap | 'absent' | undefined> {
    const startedMs = performance.now();
    const at = () => ({ client: name, name: target, startedMs, endedMs: performance.now() });
    try {
      const object = await client.get(configMaps, { namespace: NAMESPACE, name: target });
      this.reads.push({ ...at(), ...stateOf(object) });
      return object;
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      if (error.httpStatus !== 404) return undefined;
      this.reads.push(at());
      return 'absent';
    }
  }

  async #attempt(client: string, name: string, write: Write, send: () => Promise<ConfigMap>): Promise<void> {
    const startedMs = performance.now();
    let answer: Pick<Attempt, 'outcome' | 'revision'>;
    try {
      const object = await send();
      const { revision } = stateOf(object);
      answer = { outcome: 'acknowledged', ...(write.kind === 'delete' ? {} : { revision }) };
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
      answer = { outcome: [404, 409].includes(error.httpStatus) ? 'refused' : 'unknown' };
    }
    this.attempts.push({ client, name, ...write, ...answer, startedMs, endedMs: performance.now() });
  }
}

/**
 * Watches the objects of a history from `revision` on, through every end of the server, until revision `until` is reached. A watcher whose revision is no longer
 * held lists again, as clients do, and begins a new span.
 */
export async function watchHistory(
  client: KubeClient,
  history: string,
  revision: string,
  color: string | undefined,
  until: Promise<number>,
): Promise<readonly Span[]> {
  const spans: { after: number; upTo: number; events: SeenEvent[] }[] = [];
  const begin = (at: number) => {
    const span = { after: at, upTo: at, events: [] };
    spans.push(span);
    return span;
  };
  const end = new AbortController();
  let span: (typeof spans)[number] = begin(Number(revision));
  let goal = Infinity;
  const finish = () => {
    if (span.upTo >= goal) end.abort();
  };
  void until.then((value) => {
    goal = value;
    finish();
  });
  const labelSelector = `history=${history}${color === undefined ? '' : `,color=${color}`}`;
  while (!end.signal.aborted) {
    try {
      const options = { namespace: NAMESPACE, labelSelector, resourceVersion: String(span.upTo) };
      for await (const event of client.watch(configMaps, options, end.signal)) {
        span.upTo = Number(event.object.metadata?.resourceVersion);
        if (event.type === 'ADDED' || event.type === 'MODIFIED' || event.type === 'DELETED') {
          const { uid = '', labels, name = '' } = event.object.metadata ?? {};
          const { value } = stateOf(event.object);
          span.events.push({ type: event.type, name, uid, revision: span.upTo, value, color: labels?.['color'] ?? '' });
        }
        finish();
      }
    } catch (error) {
      if (end.signal.aborted) break;
      if (!(error instanceof KubeApiError)) throw error;
      if (error.httpStatus === 410) {
        const listed = await listHistory(client, history).catch(() => undefined);
        if (listed) span = begin(Number(listed.revision));
        finish();
      }
    }
    await delay(RETRY_MS, undefined, { signal: end.signal }).catch(() => undefined);
  }
  return spans;
}

export async function listHistory(
  client: KubeClient,
  history: string,
): Promise<{ revision: string; states: readonly SeenState[] }> {
  const list = await client.list(configMaps, { namespace: NAMESPACE, labelSelector: `history=${history}` });
  const states = list.items.map((item) => ({ name: item.metadata?.name ?? '', ...stateOf(item) }));
  return { revision: list.metadata?.resourceVersion ?? '', states };
}

function stateOf(object: ConfigMap): { readonly revision: number; readonly value: string } {
  return { revision: Number(object.metadata?.resourceVersion), value: object.data?.['value'] ?? '' };
}

function anyOf<T>(items: readonly T[]): T {
  return items[systemChance.below(items.length)] as T;
}
