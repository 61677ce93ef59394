import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { User } from '../extension.ts';
import { connectionHeaders } from '../proxy/connection-headers.ts';

/** As `requestheader-…` of the ConfigMap `extension-apiserver-authentication` tells aggregated servers. */
export const frontProxyHeaders = {
  user: 'X-Remote-User',
  uid: 'X-Remote-Uid',
  group: 'X-Remote-Group',
  extraPrefix: 'X-Remote-Extra-',
} as const;

/** Of one connection, or this server's to say: never passed on as they came. */
const ownHeaders: ReadonlySet<string> = new Set([...connectionHeaders, 'proxy-connection', 'expect']);
const ownPrefixes = ['x-remote-', 'impersonate-'];
const BEARER_PROTOCOL = 'base64url.bearer.authorization.k8s.io.';
const notInNames = /[^!#$&'*+\-.^_`|~0-9A-Za-z]/g;

/** Who asks, in the headers that aggregated servers believe from whoever shows the front proxy's certificate. */
export function identityHeaders({ name, uid, groups, extra }: User): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    [frontProxyHeaders.user]: wireText(name),
    [frontProxyHeaders.group]: groups.map(wireText),
  };
  if (uid) headers[frontProxyHeaders.uid] = wireText(uid);
  for (const [key, values] of Object.entries(extra ?? {}))
    headers[`${frontProxyHeaders.extraPrefix}${escapedName(key)}`] = values.map(wireText);
  return headers;
}

/** What of a client's headers reaches an aggregated server: neither its credentials nor what it claims about itself. */
export function passedOnHeaders(incoming: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = new Set((incoming.connection ?? '').split(',').map((one) => one.trim().toLowerCase()));
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(incoming)) {
    if (ownHeaders.has(name) || named.has(name) || ownPrefixes.some((prefix) => name.startsWith(prefix))) continue;
    if (name === 'sec-websocket-protocol') {
      const offered = withoutToken(String(value));
      if (offered !== '') headers[name] = offered;
    } else headers[name] = value;
  }
  return headers;
}

/** Headers of an answer as they reach the client. */
export function answeredHeaders(incoming: IncomingHttpHeaders): OutgoingHttpHeaders {
  const { 'content-length': length, ...rest } = incoming;
  return { ...passedOnHeaders(rest), ...(length === undefined ? {} : { 'content-length': length }) };
}

/** Browsers offer their token as a subprotocol. */
function withoutToken(protocols: string): string {
  return protocols
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && !one.startsWith(BEARER_PROTOCOL))
    .join(', ');
}

/** Keys are names of headers: what may not stand in one is written as `%2F`. */
function escapedName(key: string): string {
  const percent = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return wireText(key).replaceAll(notInNames, percent);
}

/** Node writes a character of a header as one byte; these are the bytes of UTF-8. */
function wireText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
