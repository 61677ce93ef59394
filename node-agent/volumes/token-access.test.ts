import { expect, test } from 'vitest';
import type { Container, PodSpec } from '../../lib/kube/types.ts';
import { tokenAccess } from './token-access.ts';

const as = (runAsUser?: number): Container => ({
  name: `as-${runAsUser}`,
  ...(runAsUser === undefined ? {} : { securityContext: { runAsUser } }),
});

const cases: readonly { readonly what: string; readonly spec: PodSpec; readonly access: object }[] = [
  { what: 'that says nothing', spec: { containers: [as()] }, access: { mode: 0o644 } },
  {
    what: 'that runs as one user',
    spec: { securityContext: { runAsUser: 1000 }, containers: [as(), as()] },
    access: { mode: 0o600, ownerId: 1000 },
  },
  {
    what: 'whose containers all say the same user',
    spec: { initContainers: [as(0)], containers: [as(0)], ephemeralContainers: [{ ...as(0), name: 'debug' }] },
    access: { mode: 0o600, ownerId: 0 },
  },
  {
    what: 'whose containers run as several',
    spec: { securityContext: { runAsUser: 1000 }, containers: [as(), as(2000)] },
    access: { mode: 0o644 },
  },
  { what: 'of which one runs as its image says', spec: { containers: [as(1000), as()] }, access: { mode: 0o644 } },
  {
    what: 'with a group',
    spec: { securityContext: { fsGroup: 3000 }, containers: [as(1000), as()] },
    access: { mode: 0o600 },
  },
];

test.each(cases)('the token of a pod $what', ({ spec, access }) => {
  expect(tokenAccess({ spec }, 0o644)).toEqual(access);
});
