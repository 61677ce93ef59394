import { typeOfKind } from '../../lib/kube/schema-tables.ts';
import { badRequest, invalid } from '../../lib/kube/status-errors.ts';
import type { ApiObject } from '../registry/api-object.ts';
import { invalidValue } from '../registry/strategies/field-errors.ts';
import type { ServedKind } from './served-kind.ts';

/** The kind that a body should be of, at the path where it was sent. */
export interface ExpectedKind {
  readonly type: Pick<ServedKind['type'], 'group' | 'version' | 'kind'>;
  readonly apiVersion: string;
  readonly custom?: ServedKind['custom'];
}

/** A body names its kind or leaves it out, unless it is of a custom kind; it cannot name another. Throws 400 or 422, in upstream's words. */
export function checkKind(
  expected: ExpectedKind,
  body: Pick<Partial<ApiObject>, 'apiVersion' | 'kind' | 'metadata'>,
  unrecognized: (problem: string) => Error,
): void {
  if (expected.custom && !body.kind) throw unrecognized(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
  const kind = body.kind || expected.type.kind;
  const apiVersion = body.apiVersion || (expected.custom ? '' : expected.apiVersion);
  if (kind === expected.type.kind && apiVersion === expected.apiVersion) return;
  const parts = apiVersion.split('/');
  if (parts.length > 2) throw unrecognized(`unexpected GroupVersion string: ${apiVersion}`);
  if (expected.custom && apiVersion !== expected.apiVersion)
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${expected.apiVersion})`,
    );
  if (expected.custom)
    throw invalid(expected.type, body.metadata?.name ?? '', [
      invalidValue('kind', kind, `must be ${expected.type.kind}`),
    ]);
  const version = parts.at(-1) ?? '';
  const problem =
    typeOfKind(apiVersion, kind) === undefined
      ? unregistered(apiVersion, kind)
      : `converting (${version}.${kind}) to (${internalGroup(expected.type.group)}.${expected.type.kind}): unknown conversion`;
  throw badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.type.kind}: ${problem}`);
}

/** What upstream says of a kind that it does not know. */
export function unregistered(apiVersion: string, kind: string): string {
  return `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
}

/** `rbac.authorization.k8s.io` → `rbac`. */
function internalGroup(group: string): string {
  return group === '' ? 'core' : (group.split('.', 1)[0] ?? group);
}
