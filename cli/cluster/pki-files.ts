import { join } from 'node:path';

export interface KeyPairFiles {
  readonly cert: string;
  readonly key: string;
}

export interface PkiFiles {
  readonly ca: KeyPairFiles;
  readonly serving: KeyPairFiles;
  readonly admin: KeyPairFiles;
  readonly agentClient: KeyPairFiles;
  readonly logStore: KeyPairFiles;
  readonly serviceAccountKey: string;
  readonly logStoreApiKey: string;
  node(name: string): KeyPairFiles;
}

/** Where each certificate and key of a cluster lies. */
export function pkiFiles(folder: string): PkiFiles {
  const pair = (name: string): KeyPairFiles => ({
    cert: join(folder, `${name}.crt`),
    key: join(folder, `${name}.key`),
  });
  return {
    ca: pair('ca'),
    serving: pair('serving'),
    admin: pair('admin'),
    agentClient: pair('agent-client'),
    logStore: pair('log-store'),
    serviceAccountKey: join(folder, 'service-account.key'),
    logStoreApiKey: join(folder, 'log-store-api-key'),
    node: (name) => pair(`node-${name}`),
  };
}
