import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { HttpOutputConfig } from '../../../lib/config/log-shipper.ts';
import { messageOf, VigilError } from '../../../lib/errors.ts';

/** Where credentials and certificates are. */
export interface ConnectionConfig extends HttpOutputConfig {
  readonly apiKeyFile?: string | undefined;
  readonly bearerTokenFile?: string | undefined;
}

/** What the files say. */
export interface ConnectionSecrets {
  readonly authorization: string | undefined;
  /** `undefined` for plain HTTP. */
  readonly secureContext: SecureContext | undefined;
}

const fileKeys = ['caCert', 'clientCert', 'clientKey', 'apiKeyFile', 'bearerTokenFile', 'passwordFile'] as const;

/** Changes when one of the files does. Files that are not there count too. */
export function connectionStamp(config: ConnectionConfig): string {
  return fileKeys
    .map((key) => {
      const path = config[key];
      if (path === undefined) return '';
      const info = statSync(path, { throwIfNoEntry: false });
      return info ? `${info.ino}:${info.size}:${info.mtimeMs}` : 'missing';
    })
    .join(' ');
}

/** Reads the files. Throws an error that names the file and the field, never its content. */
export function readConnection(config: ConnectionConfig): ConnectionSecrets {
  return {
    authorization: readAuthorization(config),
    secureContext: config.url.startsWith('https:') ? readSecureContext(config) : undefined,
  };
}

/** Where the credentials come from, for messages. */
export function credentialsOrigin(config: ConnectionConfig): string {
  const { apiKeyFile, bearerTokenFile, username, passwordFile, clientCert } = config;
  if (apiKeyFile !== undefined) return `apiKeyFile ${apiKeyFile}`;
  if (bearerTokenFile !== undefined) return `bearerTokenFile ${bearerTokenFile}`;
  if (username !== undefined) return `username ${username} and passwordFile ${passwordFile}`;
  return clientCert === undefined ? 'no credentials' : `clientCert ${clientCert}`;
}

/** Which files take part in TLS, for messages. */
export function certificatesOrigin(config: ConnectionConfig): string {
  const named = (['caCert', 'clientCert', 'clientKey'] as const).flatMap((key) => {
    const path = config[key];
    return path === undefined ? [] : [`${key} ${path}`];
  });
  return named.length > 0 ? named.join(', ') : "the system's certificates";
}

function readAuthorization(config: ConnectionConfig): string | undefined {
  const { apiKeyFile, bearerTokenFile, username, passwordFile } = config;
  if (apiKeyFile !== undefined) return `ApiKey ${readSecret('apiKeyFile', apiKeyFile)}`;
  if (bearerTokenFile !== undefined) return `Bearer ${readSecret('bearerTokenFile', bearerTokenFile)}`;
  if (username === undefined || passwordFile === undefined) return undefined;
  const password = read('passwordFile', passwordFile)
    .toString()
    .replace(/\r?\n$/, '');
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function readSecureContext(config: ConnectionConfig): SecureContext {
  const file = (key: 'caCert' | 'clientCert' | 'clientKey') => {
    const path = config[key];
    return path === undefined ? undefined : read(key, path);
  };
  const [ca, cert, key] = [file('caCert'), file('clientCert'), file('clientKey')];
  // Node passes over what is no certificate, and then trusts nobody.
  if (ca && !ca.includes('-----BEGIN CERTIFICATE-----')) throw unusable(`caCert ${config.caCert} holds no certificate`);
  try {
    return createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' });
  } catch (cause) {
    throw unusable(`${certificatesOrigin(config)} cannot be used: ${messageOf(cause)}`, cause);
  }
}

function readSecret(field: string, path: string): string {
  const secret = read(field, path).toString().trim();
  // What else is in a header would be sent to the server as headers of its own.
  if (!/^[\x21-\x7e]+$/.test(secret)) throw unusable(`${field} ${path} is empty or holds more than one word`);
  return secret;
}

function read(field: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw unusable(`${field} ${path} cannot be read: ${messageOf(cause)}`, cause);
  }
}

function unusable(message: string, cause?: unknown): VigilError {
  return new VigilError('CONNECTION_FILE', 'transient', message, { cause });
}
