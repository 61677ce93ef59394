import type { Clock } from '../../lib/clock.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { EtcdStore } from '../store/etcd/etcd-store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { SqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';

/** The store that the configuration asks for; not yet started. */
export function openStore(config: ControlPlaneConfig['store'], clock: Clock): Store {
  switch (config.engine) {
    case 'memory':
      return new MemoryStore();
    case 'sqlite':
      return new SqliteStore(config.path);
    case 'etcd':
      return new EtcdStore(config, clock);
  }
}
