import type { Secret } from './types.ts';

/** Bootstrap tokens: Secrets with which machines that are not known yet come to the cluster. Source: Kubernetes' reference on bootstrap tokens. */
export const bootstrapTokenType = 'bootstrap.kubernetes.io/token';
export const bootstrapTokenNamespace = 'kube-system';

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const OWN_GROUP = 'system:bootstrappers';

/** The two parts of what has the form of a bootstrap token. */
export function parseBootstrapToken(token: string): { readonly id: string; readonly secret: string } | undefined {
  const [, id, secret] = TOKEN.exec(token) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function bootstrapSecretName(id: string): string {
  return `bootstrap-token-${id}`;
}

/** A member of the Secret as text; '' when there is none. */
export function tokenField({ data }: Secret, name: string): string {
  return Buffer.from(data?.[name] ?? '', 'base64').toString('utf8');
}

/** How long it holds from now on: `undefined` for ever, 0 when it holds no longer, also when the time cannot be understood. */
export function bootstrapTokenLeftMs(secret: Secret, nowMs: number): number | undefined {
  const text = tokenField(secret, 'expiration');
  if (text === '') return undefined;
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  const leftMs = isTime ? Date.parse(text) - nowMs : Number.NaN;
  return leftMs > 0 ? leftMs : 0;
}

/** The groups of whoever has the token; `undefined` when one of them may not be given by a token. */
export function bootstrapTokenGroups(secret: Secret): readonly string[] | undefined {
  const text = tokenField(secret, 'auth-extra-groups');
  const extra = text === '' ? [] : text.split(',');
  return extra.every((group) => GROUP.test(group)) ? [...new Set([OWN_GROUP, ...extra])].sort() : undefined;
}
