import type { Secret } from '../../lib/kube/types.ts';
import type { RegistryLogin } from '../runtime/runtime.ts';

const DOCKER_HUB = 'index.docker.io';

interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
}

/** The credentials for an image among pull secrets (`kubernetes.io/dockerconfigjson` and the older `dockercfg`). */
export function loginFor(reference: string, secrets: readonly Secret[]): RegistryLogin | undefined {
  const registry = registryOf(reference);
  for (const secret of secrets) {
    for (const [server, entry] of Object.entries(entriesOf(secret))) {
      const host = server.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
      if (host !== registry && !(registry === DOCKER_HUB && host === 'docker.io')) continue;
      const login = credentials(entry, server);
      if (login) return login;
    }
  }
  return undefined;
}

function registryOf(reference: string): string {
  const [first = '', ...rest] = reference.split('/');
  const isHost = rest.length > 0 && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost ? first : DOCKER_HUB;
}

function entriesOf(secret: Secret): Readonly<Record<string, AuthEntry>> {
  const config = secret.data?.['.dockerconfigjson'];
  const old = secret.data?.['.dockercfg'];
  try {
    if (config !== undefined) {
      return (JSON.parse(decode(config)) as { auths?: Record<string, AuthEntry> }).auths ?? {};
    }
    if (old !== undefined) return JSON.parse(decode(old)) as Record<string, AuthEntry>;
  } catch {
    // Not JSON: a secret that helps nobody; the pull says what is wrong.
  }
  return {};
}

function credentials(entry: AuthEntry, server: string): RegistryLogin | undefined {
  if (entry.username !== undefined && entry.password !== undefined) {
    return { username: entry.username, password: entry.password, server };
  }
  const text = entry.auth === undefined ? '' : decode(entry.auth);
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1), server };
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
