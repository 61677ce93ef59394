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
  /** Signs nothing but `frontProxyClient`. */
  readonly frontProxyCa: KeyPairFiles;
  readonly frontProxyClient: KeyPairFiles;
  readonly logStore: KeyPairFiles;
  readonly serviceAccountKey: string;
  readonly logStoreApiKey: string;
  /** Keys by which secrets are encrypted in the store. */
  readonly encryption: string;
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
    frontProxyCa: pair('front-proxy-ca'),
    frontProxyClient: pair('front-proxy-client'),
    logStore: pair('log-store'),
    serviceAccountKey: join(folder, 'service-account.key'),
    logStoreApiKey: join(folder, 'log-store-api-key'),
    encryption: join(folder, 'encryption.json'),
    node: (name) => pair(`node-${name}`),
  };
}
