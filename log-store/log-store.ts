import type { Clock } from '../lib/clock.ts';
import type { Component } from '../lib/component.ts';
import type { LogStoreConfig } from '../lib/config/log-store.ts';
import type { Logger } from '../lib/log.ts';
import { Router } from './api/router.ts';
import { Engine } from './engine/engine.ts';
import { FolderLock } from './folder-lock.ts';
import { renderMetrics } from './metrics.ts';
import { SecurityStore } from './security/security-store.ts';
import { LogStoreServer } from './server.ts';
import { RepositoryList } from './snapshots/repository-list.ts';
import { SnapshotService } from './snapshots/snapshot-service.ts';

/** The whole store: engine and server. */
export class LogStore implements Component {
  readonly name = 'log-store';
  readonly #lock: FolderLock;
  readonly #engine: Engine;
  readonly #router: Router;
  readonly #security: SecurityStore;
  readonly #repositories: RepositoryList;
  readonly #snapshots: SnapshotService;
  readonly #server: LogStoreServer;

  constructor(config: LogStoreConfig, clock: Clock, log: Logger) {
    this.#lock = new FolderLock(config.dataDir, clock, log);
    this.#engine = new Engine({
      dir: config.dataDir,
      clock,
      log,
      retention: config.retention,
      namespaceBounds: config.namespaceRetention,
    });
    this.#security = new SecurityStore(config.dataDir, clock);
    this.#repositories = new RepositoryList(config.dataDir, config.snapshotDirs ?? []);
    this.#snapshots = new SnapshotService(this.#engine, config.dataDir, clock, log);
    const parts = { security: this.#security, repositories: this.#repositories, snapshots: this.#snapshots };
    this.#router = new Router(this.#engine, parts, clock, log);
    this.#server = new LogStoreServer({
      config,
      clock,
      security: this.#security,
      handle: (request) => this.#router.handle(request),
      metrics: () => renderMetrics(this.#engine),
      log,
    });
  }

  get port(): number {
    return this.#server.port;
  }

  /** Applies all bounds on age and bytes now, as happens by itself every few seconds. */
  async enforceRetention(): Promise<void> {
    this.#engine.enforceRetention();
    await this.#engine.enforceNamespaces();
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#lock.take(signal);
    this.#security.open();
    this.#repositories.open();
    this.#snapshots.open();
    this.#engine.open();
    await this.#server.start();
  }

  async stop(deadline: AbortSignal): Promise<void> {
    await this.#server.stop(deadline);
    await this.#router.close();
    await this.#engine.close();
    await this.#lock.release();
  }
}
