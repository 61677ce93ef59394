import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../lib/errors.ts';
import { workloadOf } from '../../lib/kube/owner.ts';
import type { Pod } from '../../lib/kube/types.ts';
import { logAnnotationPrefix } from '../../lib/log-annotations/log-annotations.ts';
import type { Logger } from '../../lib/log.ts';
import type { LogSource } from '../../lib/log-source.ts';
import type { EngineContainer } from '../runtime/runtime.ts';

/** The files by which the shipper knows of containers. One per run, from before its start until its logs are shipped and the container is removed. */
export class LogSources {
  readonly #dir: string;
  readonly #nodeName: string;
  readonly #log: Logger;
  readonly #sources = new Map<string, LogSource>();

  constructor(dir: string, nodeName: string, log: Logger) {
    this.#dir = dir;
    this.#nodeName = nodeName;
    this.#log = log;
  }

  /** Reads what an earlier run of the agent left. */
  async load(): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#dir)) {
      // Of a run that was killed while it wrote.
      if (name.endsWith('.json.tmp')) await rm(join(this.#dir, name), { force: true });
      if (!/^[0-9a-f]{64}\.json$/.test(name)) continue;
      try {
        const source = JSON.parse(await readFile(join(this.#dir, name), 'utf8')) as LogSource;
        this.#sources.set(source.containerId, source);
      } catch (error) {
        this.#log.warn({ file: name, error: messageOf(error) }, 'log source cannot be read');
      }
    }
  }

  ids(): readonly string[] {
    return [...this.#sources.keys()];
  }

  /** When the run ended, as told to the shipper; `undefined` while it has not been told. */
  endedAt(containerId: string): string | undefined {
    return this.#sources.get(containerId)?.endedAt;
  }

  /** Tells the shipper of a container; call it before the start, so that no line is missed however short the run. */
  async add(pod: Pod, container: EngineContainer): Promise<void> {
    if (container.logPath === undefined) return;
    await this.#write({
      version: 1,
      containerId: container.id,
      path: container.logPath,
      namespace: pod.metadata?.namespace ?? '',
      pod: pod.metadata?.name ?? '',
      podUid: pod.metadata?.uid ?? '',
      container: container.owner.containerName,
      node: this.#nodeName,
      image: container.image,
      restartCount: container.owner.restartCount,
      labels: pod.metadata?.labels ?? {},
      annotations: Object.fromEntries(
        Object.entries(pod.metadata?.annotations ?? {}).filter(([name]) => name.startsWith(logAnnotationPrefix)),
      ),
      workload: workloadOf(pod),
    });
  }

  /** Whatever the files hold now is all there will be. */
  async end(containerId: string, endedAt: string): Promise<void> {
    const source = this.#sources.get(containerId);
    if (source && source.endedAt === undefined) await this.#write({ ...source, endedAt });
  }

  /** True once the shipper has written `<containerId>.done`. */
  async isShipped(containerId: string): Promise<boolean> {
    if (!this.#sources.has(containerId)) return true;
    return (await stat(join(this.#dir, `${containerId}.done`)).catch(() => undefined)) !== undefined;
  }

  /** True when the shipper has written `<containerId>.held`: its files stay readable for it without the container. */
  async isHeld(containerId: string): Promise<boolean> {
    return (await stat(join(this.#dir, `${containerId}.held`)).catch(() => undefined)) !== undefined;
  }

  async remove(containerId: string): Promise<void> {
    await rm(join(this.#dir, `${containerId}.json`), { force: true });
    await rm(join(this.#dir, `${containerId}.done`), { force: true });
    await rm(join(this.#dir, `${containerId}.held`), { force: true });
    this.#sources.delete(containerId);
  }

  async #write(source: LogSource): Promise<void> {
    const path = join(this.#dir, `${source.containerId}.json`);
    await writeFile(`${path}.tmp`, JSON.stringify(source), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
    this.#sources.set(source.containerId, source);
  }
}
