import { text } from 'node:stream/consumers';
import { SystemClock } from '../../../lib/clock.ts';
import { Informer, type ChangeHandler } from '../../../lib/kube/informer.ts';
import { configMaps, namespaces, pods, secrets, serviceAccounts } from '../../../lib/kube/resources.ts';
import type { ConfigMap, Pod, Secret } from '../../../lib/kube/types.ts';
import { silentLog } from '../../../lib/log.ts';
import { eventually } from '../../support/eventually.ts';
import type { ProgramResult } from '../../support/run-program.ts';
import { sharedCluster, type SharedCluster } from '../shared-cluster.ts';

/** A pod may stand behind some dozens of others that were made at the same moment. */
const WITHIN_MS = 90_000;

/**
 * A namespace of a test file. Its pods are made all at once and each test waits for what becomes of its own: they are seen by one watch, for some dozens of tests that
 * ask again and again would be the machine's main work.
 */
export class PodSpace {
  readonly cluster: SharedCluster;
  readonly namespace: string;
  readonly #pods: Informer<Pod>;

  constructor(namespace: string) {
    this.cluster = sharedCluster();
    this.namespace = namespace;
    const { client } = this.cluster;
    this.#pods = new Informer({ client, resource: pods, namespace, clock: new SystemClock(), log: silentLog });
  }

  async open(): Promise<void> {
    const { client } = this.cluster;
    await client.create(namespaces, { metadata: { name: this.namespace } });
    await eventually('the namespace has the account that pods run as', () =>
      client.get(serviceAccounts, { namespace: this.namespace, name: 'default' }),
    );
    await this.#pods.start(new AbortController().signal);
  }

  async close(): Promise<void> {
    await this.#pods.stop();
    await this.cluster.client.delete(namespaces, { name: this.namespace });
  }

  create(pod: Pod): Promise<Pod> {
    return this.cluster.client.create(pods, this.#here(pod));
  }

  createAll(all: readonly Pod[]): Promise<readonly Pod[]> {
    return Promise.all(all.map((pod) => this.create(pod)));
  }

  configMap(name: string, data: Readonly<Record<string, string>>, rest: ConfigMap = {}): Promise<ConfigMap> {
    return this.cluster.client.create(configMaps, this.#here({ ...rest, metadata: { name }, data: { ...data } }));
  }

  secret(name: string, data: Readonly<Record<string, string>>): Promise<Secret> {
    return this.cluster.client.create(secrets, this.#here({ metadata: { name }, stringData: { ...data } }));
  }

  /** Each change of a pod of this namespace, those that are there first. Returns a function that ends it. */
  onChange(handler: ChangeHandler<Pod>): () => void {
    return this.#pods.onChange(handler);
  }

  /** Waits until the pod is as `match` wants it; fails with `what` was expected and what the pod is instead. */
  until(name: string, what: string, match: (pod: Pod) => boolean, withinMs = WITHIN_MS): Promise<Pod> {
    const seen = Promise.withResolvers<Pod>();
    let last = 'there is no such pod';
    const remove = this.#pods.onChange((type, pod) => {
      if (pod.metadata?.name !== name) return;
      last = type === 'DELETED' ? 'it is gone' : `it is ${JSON.stringify(pod.status)}`;
      if (type !== 'DELETED' && match(pod)) seen.resolve(pod);
    });
    const late = new SystemClock().after(withinMs, () =>
      seen.reject(new Error(`not within ${withinMs / 1000} s: pod ${name} ${what}; ${last}`)),
    );
    return seen.promise.finally(() => {
      late();
      remove();
    });
  }

  /** Waits until the pod has ended; resolves with how. */
  ended(name: string): Promise<Pod> {
    return this.until(name, 'ends', ({ status }) => status?.phase === 'Succeeded' || status?.phase === 'Failed');
  }

  /** Waits until there is no such pod. */
  async gone(name: string): Promise<void> {
    await eventually(`pod ${name} is gone`, () => this.#pods.get(`${this.namespace}/${name}`) === undefined);
  }

  /** What a container of the pod has written. */
  logOf(name: string, container = 'main'): Promise<string> {
    return this.text(`/api/v1/namespaces/${this.namespace}/pods/${name}/log?container=${container}`);
  }

  /** What is answered at a path of the API, as text. */
  async text(path: string): Promise<string> {
    const { body } = await this.cluster.client.stream({ path });
    return text(body);
  }

  /** Runs a program in the pod's first container; resolves however it ends. */
  exec(name: string, ...command: readonly string[]): Promise<ProgramResult> {
    return this.cluster.runKubectl(['-n', this.namespace, 'exec', name, '--', ...command]);
  }

  /** What a container wrote until the pod succeeded; fails when it ends otherwise. */
  async outputOf(name: string, container = 'main'): Promise<string> {
    const { status } = await this.ended(name);
    const output = await this.logOf(name, container).catch(String);
    if (status?.phase !== 'Succeeded')
      throw new Error(`pod ${name} should succeed, but is ${JSON.stringify(status)}; it said: ${output}`);
    return output;
  }

  #here<T extends { metadata?: { name?: string } }>(object: T): T {
    return { ...object, metadata: { ...object.metadata, namespace: this.namespace } };
  }
}
