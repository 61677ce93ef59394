import { readFile } from 'node:fs/promises';
import type { Clock } from '../../lib/clock.ts';
import type { ControlPlaneConfig } from '../../lib/config/control-plane.ts';
import { messageOf, VigilError } from '../../lib/errors.ts';
import { EncryptedStore } from '../store/encryption/encrypted-store.ts';
import { parseEncryptionConfig, type EncryptionRule } from '../store/encryption/encryption-config.ts';
import { Sealing } from '../store/encryption/sealing.ts';
import { EtcdStore } from '../store/etcd/etcd-store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { SqliteStore } from '../store/sqlite-store.ts';
import type { Store } from '../store/store.ts';

/** The store that the configuration asks for, with its encryption; not yet started. Throws when the encryption configuration cannot be used. */
export async function openStore(
  config: Pick<ControlPlaneConfig, 'store' | 'encryptionConfigFile'>,
  clock: Clock,
): Promise<EncryptedStore> {
  return new EncryptedStore(openEngine(config.store, clock), new Sealing(await readRules(config.encryptionConfigFile)));
}

/** The rules of an encryption configuration; none without a file. */
export async function readRules(file: string | undefined): Promise<readonly EncryptionRule[]> {
  if (file === undefined) return [];
  try {
    return parseEncryptionConfig(await readFile(file, 'utf8'));
  } catch (error) {
    throw new VigilError('ENCRYPTION_CONFIG', 'invalid', `${file}: ${messageOf(error)}`, { cause: error });
  }
}

function openEngine(config: ControlPlaneConfig['store'], clock: Clock): Store {
  switch (config.engine) {
    case 'memory':
      return new MemoryStore();
    case 'sqlite':
      return new SqliteStore(config.path);
    case 'etcd':
      return new EtcdStore(config, clock);
  }
}
