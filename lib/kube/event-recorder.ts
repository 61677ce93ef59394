import type { Clock } from '../clock.ts';
import type { Component } from '../component.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { RecordWriter } from '../signals/record-writer.ts';
import { eventDocument } from '../signals/record-document.ts';
import { isNotFound, type KubeClient } from './client.ts';
import { apiVersionOf, events, type ResourceType } from './resources.ts';
import { kubeTime } from './time.ts';
import type { CoreEvent, KubeObject } from './types.ts';

/**
 * Different events that wait to be written, some 1 KiB each: a few about each of 1,000 nodes that come at once, or all of their pods' when the API was away. Beyond
 * it the newest are dropped: the record spool still has them.
 */
const MAX_WAITING = 16_384;
/** Events remembered for counting repetitions; the least recently seen is forgotten first. */
const MAX_REMEMBERED = 4_096;
/** The API's limits for these fields. */
const MAX_MESSAGE = 1_024;
const MAX_REASON = 128;
const WRITE_ATTEMPTS = 3;
const RETRY_MS = 1_000;

export type EventType = 'Normal' | 'Warning';

/** What an Event is about. `fieldPath` points at a container: `spec.containers{hello}`. */
export interface EventSubject {
  readonly resource: Pick<ResourceType, 'group' | 'version' | 'kind'>;
  readonly object: KubeObject;
  readonly fieldPath?: string | undefined;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** `source.component`: `scheduler`, `kubelet`, `deployment-controller`. */
  readonly component: string;
  /** `source.host`: the node that reports. */
  readonly host?: string | undefined;
  /** Each state of each Event is also kept as a record. */
  readonly records?: RecordWriter | undefined;
  readonly clusterName?: string | undefined;
}

interface Remembered {
  readonly namespace: string;
  readonly name: string;
  count: number;
}

interface Waiting {
  readonly key: string;
  readonly event: CoreEvent;
  /** Nothing of it has been written; otherwise it is a further count. */
  readonly isNew: boolean;
}

/**
 * Tells people what happened, as core/v1 Events. The same reason and message about the same object is one Event with a growing `count`. Recording never waits and never
 * throws: Events are written in order by `start`'s loop, and one that cannot be written is dropped and logged.
 */
export class EventRecorder implements Component {
  readonly name = 'event recorder';
  readonly #options: EventRecorderOptions;
  /** In order; what repeats while it waits is written once, with its count. */
  readonly #waiting = new Map<string, Waiting>();
  /** Taken from those that wait, and not written yet. */
  #writing: Waiting | undefined;
  readonly #remembered = new Map<string, Remembered>();
  readonly #stop = new AbortController();
  #serial = 0;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  event(subject: EventSubject, type: EventType, reason: string, message: string): void {
    try {
      this.#record(subject, type, reason, message);
    } catch (error) {
      this.#options.log.error({ err: error, reason }, 'event could not be recorded');
    }
  }

  start(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(AbortSignal.any([signal, this.#stop.signal]));
    return Promise.resolve();
  }

  /** Writes what waits if the API takes it before `deadline`. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#stop.abort(new Error('event recorder stopped'));
    await this.#running;
    while (this.#hasWork() && !deadline.aborted) {
      try {
        await this.#writeNext(deadline);
      } catch {
        return;
      }
    }
  }

  #record(subject: EventSubject, type: EventType, reason: string, message: string): void {
    const { clock, component, host, records, clusterName } = this.#options;
    const { name, namespace, uid, resourceVersion } = subject.object.metadata ?? {};
    const key = JSON.stringify([subject.resource.kind, namespace, name, uid, subject.fieldPath, type, reason, message]);
    const now = kubeTime(clock.now());
    const known = this.#remember(key, namespace ?? 'default', name ?? '');
    const event: CoreEvent = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: known.name, namespace: known.namespace },
      involvedObject: {
        apiVersion: apiVersionOf(subject.resource),
        kind: subject.resource.kind,
        ...(name === undefined ? {} : { name }),
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
        ...(subject.fieldPath === undefined ? {} : { fieldPath: subject.fieldPath }),
      },
      reason: reason.slice(0, MAX_REASON),
      message: message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE - 3)}...` : message,
      source: { component, ...(host === undefined ? {} : { host }) },
      type,
      count: known.count,
      firstTimestamp: now,
      lastTimestamp: now,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
    records?.append('events', eventDocument(event, clusterName ?? ''));
    const before = this.#waiting.get(key);
    if (!before && this.#waiting.size >= MAX_WAITING) {
      this.#options.log.warn({ reason, object: name }, 'event dropped because too many wait to be written');
      return;
    }
    const isRepeated = before?.event.metadata.name === known.name;
    this.#waiting.set(key, {
      key,
      event: isRepeated ? { ...event, firstTimestamp: before.event.firstTimestamp } : event,
      isNew: isRepeated ? before.isNew : known.count === 1,
    });
    this.#wake?.();
  }

  #hasWork(): boolean {
    return this.#writing !== undefined || this.#waiting.size > 0;
  }

  #next(): Waiting | undefined {
    if (this.#writing) return this.#writing;
    for (const [key, waiting] of this.#waiting) {
      this.#waiting.delete(key);
      this.#writing = waiting;
      break;
    }
    return this.#writing;
  }

  /** Counts the event, making it most recently seen. */
  #remember(key: string, namespace: string, objectName: string): Remembered {
    const known = this.#remembered.get(key) ?? { namespace, name: this.#newName(objectName), count: 0 };
    known.count++;
    this.#remembered.delete(key);
    this.#remembered.set(key, known);
    if (this.#remembered.size > MAX_REMEMBERED) {
      for (const oldest of this.#remembered.keys()) {
        this.#remembered.delete(oldest);
        break;
      }
    }
    return known;
  }

  /** As upstream: the object's name and the time in nanoseconds; the serial keeps names apart that are made in the same millisecond. */
  #newName(objectName: string): string {
    const nanos = BigInt(this.#options.clock.now()) * 1_000_000n + BigInt(this.#serial++ % 1_000_000);
    return `${objectName}.${nanos.toString(16)}`;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#hasWork()) await this.#woken(signal);
      else {
        try {
          await this.#writeNext(signal);
        } catch {
          return;
        }
      }
    }
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /** Throws only when `signal` aborts; the event then still waits. */
  async #writeNext(signal: AbortSignal): Promise<void> {
    const next = this.#next();
    if (!next) return;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#write(next, signal);
        break;
      } catch (error) {
        signal.throwIfAborted();
        if (attempt >= WRITE_ATTEMPTS || !isTransient(error)) {
          this.#remembered.delete(next.key);
          this.#options.log.debug({ event: next.event.metadata.name, error: messageOf(error) }, 'event not written');
          break;
        }
        await this.#options.clock.sleep(RETRY_MS * attempt, signal);
      }
    }
    this.#writing = undefined;
  }

  async #write({ event, isNew }: Waiting, signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    if (!isNew) {
      const { name, namespace } = event.metadata;
      const change = { count: event.count, lastTimestamp: event.lastTimestamp, message: event.message };
      try {
        await client.patch(events, { namespace, name: name ?? '' }, 'merge', change, {}, signal);
        return;
      } catch (error) {
        // Events are kept for a while only: the old one is gone, so this one is told anew.
        if (!isNotFound(error)) throw error;
      }
    }
    await client.create(events, event, {}, signal);
  }
}

function isTransient(error: unknown): boolean {
  const status = (error as { httpStatus?: number }).httpStatus;
  return status === undefined || status >= 500 || status === 429;
}
