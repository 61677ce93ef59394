import type { Clock } from '../../lib/clock.ts';
import { isGone, KubeApiError } from '../../lib/kube/client.ts';
import { pods } from '../../lib/kube/resources.ts';
import { containerStatusesOf } from '../../lib/kube/pod-facts.ts';
import type { Pod } from '../../lib/kube/types.ts';
import type { Api } from '../api/api.ts';
import { runsOf, type ContainerRun } from './container-run.ts';
import type { Ledger } from './ledger.ts';
import type { LogLine } from './log-line.ts';
import { nodeLines } from './node-lines.ts';
import type { LogScope } from './scope.ts';
import { storeLines } from './store-lines.ts';

/** Between attempts to go on with a stream that broke. */
const RETRY_MS = 500;
/** A run whose node does not answer is looked for in the store so often, this far apart, before it is given up: shipping takes a moment. */
const STORE_ATTEMPTS = 8;
const STORE_RETRY_MS = 1000;

export interface FollowSink {
  line(line: LogLine): void;
  marker(text: string): void;
}

/**
 * Follows a workload, not a container: restarts, new replicas and rollouts are taken up as they come. Every line goes to the sink once: runs are streamed from their
 * node, a stream that broke goes on behind the last line, and what a node can no longer give is fetched from the store.
 */
export class Follower {
  readonly #api: Api;
  readonly #scope: LogScope;
  readonly #ledger: Ledger;
  readonly #sink: FollowSink;
  readonly #clock: Clock;
  readonly #sinceTime: string | undefined;
  /** Runs that were taken up, by container ID. */
  readonly #taken = new Set<string>();
  /** Highest restart count seen per pod and container. */
  readonly #restarts = new Map<string, number>();
  readonly #streams = new Set<Promise<void>>();

  constructor(
    api: Api,
    scope: LogScope,
    ledger: Ledger,
    sink: FollowSink,
    clock: Clock,
    sinceTime: string | undefined,
  ) {
    this.#api = api;
    this.#scope = scope;
    this.#ledger = ledger;
    this.#sink = sink;
    this.#clock = clock;
    this.#sinceTime = sinceTime;
  }

  /** Runs until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { namespace, labelSelector, fieldSelector } = this.#scope;
    const selection = { namespace, labelSelector, fieldSelector };
    let resourceVersion: string | undefined;
    while (!signal.aborted) {
      try {
        if (resourceVersion === undefined) {
          const list = await this.#api.client.list(pods, selection, signal);
          for (const pod of list.items) this.#see(pod, signal);
          resourceVersion = list.metadata.resourceVersion;
        }
        for await (const event of this.#api.client.watch(pods, { ...selection, resourceVersion }, signal)) {
          if (event.type === 'ERROR') continue;
          resourceVersion = event.object.metadata?.resourceVersion ?? resourceVersion;
          if (event.type !== 'BOOKMARK') this.#see(event.object, signal);
        }
      } catch (error) {
        if (signal.aborted) break;
        if (!(error instanceof KubeApiError)) throw error;
        if (error.httpStatus === 403 || error.httpStatus === 401) throw error;
        if (isGone(error)) resourceVersion = undefined;
        else await this.#pause(RETRY_MS, signal);
      }
    }
    await Promise.allSettled(this.#streams);
  }

  #see(pod: Pod, signal: AbortSignal): void {
    if (!this.#scope.includes(pod)) return;
    for (const run of runsOf(pod, this.#scope.container)) {
      if (this.#taken.has(run.containerId)) continue;
      this.#taken.add(run.containerId);
      const key = `${run.podUid}/${run.container}`;
      const before = this.#restarts.get(key);
      if (before !== undefined && run.restartCount > before + 1) this.#track(this.#fillSkipped(run, before, signal));
      if (before !== undefined && run.restartCount > before) this.#sink.marker(restartText(pod, run));
      this.#restarts.set(key, Math.max(before ?? 0, run.restartCount));
      this.#track(this.#stream(run, signal));
    }
  }

  #track(work: Promise<void>): void {
    this.#streams.add(work);
    void this.#forget(work);
  }

  async #forget(work: Promise<void>): Promise<void> {
    await Promise.allSettled([work]);
    this.#streams.delete(work);
  }

  #hand(line: LogLine): void {
    if (this.#ledger.admit(line)) this.#sink.line(line);
  }

  /** One run to its end. */
  async #stream(run: ContainerRun, signal: AbortSignal): Promise<void> {
    for (let failures = 0; failures < STORE_ATTEMPTS && !signal.aborted;) {
      const after = this.#ledger.lastOf(run.containerId);
      try {
        const sinceTime = after === undefined ? this.#sinceTime : undefined;
        for await (const line of nodeLines(this.#api, run, { follow: true, after, sinceTime }, signal)) {
          failures = 0;
          this.#hand(line);
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof KubeApiError) && !isBroken(error)) throw error;
        failures++;
        await this.#pause(failures === 1 ? RETRY_MS : STORE_RETRY_MS, signal);
        const status = error instanceof KubeApiError ? error.httpStatus : 503;
        if (status === 404 || failures > 2) await this.#fillFromStore(run, signal);
      }
    }
  }

  /** The store's lines of a run behind what was printed. */
  async #fillFromStore(run: ContainerRun, signal: AbortSignal): Promise<void> {
    const query = { podUids: [run.podUid], containerIds: [run.containerId], since: this.#sinceTime };
    try {
      const { lines } = await storeLines(this.#api, run.namespace, query, signal);
      for (const line of lines) if (!signal.aborted) this.#hand(line);
    } catch (error) {
      if (!(error instanceof KubeApiError)) throw error;
    }
  }

  /** Runs that came and went between two looks at the pod: nobody saw their IDs, the store knows them by the pod. */
  async #fillSkipped(run: ContainerRun, before: number, signal: AbortSignal): Promise<void> {
    for (let attempt = 0; attempt < STORE_ATTEMPTS && !signal.aborted; attempt++) {
      await this.#pause(STORE_RETRY_MS, signal);
      try {
        const query = { podUids: [run.podUid], containers: [run.container], since: this.#sinceTime };
        const { lines } = await storeLines(this.#api, run.namespace, query, signal);
        for (const line of lines) {
          if (line.restartCount > before && line.restartCount < run.restartCount && !this.#taken.has(line.containerId))
            this.#hand(line);
        }
      } catch (error) {
        if (!(error instanceof KubeApiError)) throw error;
      }
    }
  }

  async #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#clock.sleep(delayMs, signal);
    } catch {
      // Aborted: the loops look at the signal.
    }
  }
}

/** That a container was restarted, and why the run before ended, as far as the pod's status says. */
function restartText(pod: Pod, run: ContainerRun): string {
  const ended = containerStatusesOf(pod).find((status) => status.name === run.container)?.lastState?.terminated;
  const why = ended
    ? ` (${ended.reason ?? 'ended'}${ended.exitCode === 0 ? '' : `, exit code ${ended.exitCode}`})`
    : '';
  return `${run.pod} ${run.container} restarted${why}`;
}

/** A connection that ended in the middle. */
function isBroken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return (
    code === 'ECONNRESET' ||
    code === 'ECONNREFUSED' ||
    code === 'EPIPE' ||
    (error instanceof Error && error.message === 'aborted')
  );
}
