import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { SqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';

/** The store that the configuration asks for; not yet started. */
export function openStore(config: ControlPlaneConfig['store']): Store {
  return config.engine === 'memory' ? new MemoryStore() : new SqliteStore(config.path);
}
