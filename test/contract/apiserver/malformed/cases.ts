import type { Sent } from './request.ts';

/** One malformed request and what is answered: what kube-apiserver 1.36.0 answered to the same bytes. */
export interface MalformedRequest {
  readonly what: string;
  readonly sent: Sent;
  readonly answer: Answer;
  /** Where Vigil says otherwise on purpose: what kube-apiserver answers. */
  readonly upstream?: string;
}

export interface Cause {
  readonly reason?: string;
  readonly field?: string;
  readonly message: string | RegExp;
}

/** A `Status`, a plain text, or an object with warnings. */
export type Answer =
  | {
      readonly status: number;
      readonly reason?: string;
      readonly message: string | RegExp;
      readonly causes?: readonly Cause[];
    }
  | { readonly status: number; readonly text: string | RegExp }
  | { readonly status: number; readonly warnings: readonly string[] };

const placeholders: Readonly<Record<string, string>> = {
  uid: '[0-9a-f-]{36}',
  revision: String.raw`\d+`,
  suffix: '[a-z0-9]{5}',
};

/** A text with `{uid}`, `{revision}` or the `{suffix}` of a generated name in it. */
export function like(text: string): RegExp {
  const parts = text.split(/\{(uid|revision|suffix)\}/);
  const pattern = parts.map((part, index) =>
    index % 2 === 1 ? placeholders[part] : part.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`),
  );
  return new RegExp(`^${pattern.join('')}$`);
}

export interface Options {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | object;
  readonly isAnonymous?: boolean;
}

/** A request of ordinary form: its length is told and the connection closes after it. */
export function http(method: string, path: string, { headers = {}, body, isAnonymous }: Options = {}): Sent {
  const bytes =
    body === undefined || Buffer.isBuffer(body)
      ? body
      : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const all = {
    host: '127.0.0.1',
    connection: 'close',
    ...(bytes ? { 'content-type': 'application/json', 'content-length': String(bytes.length) } : {}),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return {
    head: `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`,
    ...(bytes ? { body: bytes } : {}),
    ...(isAnonymous === undefined ? {} : { isAnonymous }),
  };
}

export const maps = '/api/v1/namespaces/default/configmaps';
export const pods = '/api/v1/namespaces/default/pods';
export const deployments = '/apis/apps/v1/namespaces/default/deployments';

export function configMap(name: string, more: object = {}, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, ...more };
}

export const get = (path: string, options?: Options): Sent => http('GET', path, options);
export const post = (path: string, body?: Options['body'], options: Options = {}): Sent =>
  http('POST', path, { ...options, ...(body === undefined ? {} : { body }) });
export const put = (path: string, body: Options['body'], options: Options = {}): Sent =>
  http('PUT', path, { ...options, ...(body === undefined ? {} : { body }) });
export const remove = (path: string, body?: Options['body'], options: Options = {}): Sent =>
  http('DELETE', path, { ...options, ...(body === undefined ? {} : { body }) });

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export const patch = (path: string, type: keyof typeof patchTypes, body: Options['body']): Sent =>
  http('PATCH', path, { body, headers: { 'content-type': patchTypes[type] } });
