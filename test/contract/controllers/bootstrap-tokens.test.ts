import { afterEach, describe, expect, test } from 'vitest';
import { isNotFound } from '../../../lib/kube/client.ts';
import { namespaces, secrets } from '../../../lib/kube/resources.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

describe('a bootstrap token', () => {
  test('is removed when its time is up, and no other secret is', async () => {
    const on = await ControlLoops.start({ nodes: [] });
    loops = on;
    for (const name of ['kube-system', 'shop']) await on.client.create(namespaces, { metadata: { name } });
    const expiresMs = on.clock.now() + 10_000;
    const token = (id: string, namespace: string, type = 'bootstrap.kubernetes.io/token', expires?: string) =>
      on.client.create(secrets, {
        metadata: { name: `bootstrap-token-${id}`, namespace },
        type,
        stringData: { 'token-id': id, ...(expires === undefined ? {} : { expiration: expires }) },
      });
    const expiration = new Date(expiresMs).toISOString();
    await token('soon00', 'kube-system', undefined, expiration);
    await token('wrong0', 'kube-system', undefined, 'tomorrow');
    await token('always', 'kube-system');
    await token('elsewh', 'shop', undefined, expiration);
    await token('opaque', 'kube-system', 'Opaque', expiration);
    const there = async (namespace: string, id: string) => {
      try {
        return (await on.client.get(secrets, { namespace, name: `bootstrap-token-${id}` })) !== undefined;
      } catch (error) {
        if (isNotFound(error)) return false;
        throw error;
      }
    };
    await on.until('the one that cannot be understood is gone', async () => !(await there('kube-system', 'wrong0')));
    expect(on.clock.now()).toBeLessThan(expiresMs);
    expect(await there('kube-system', 'soon00')).toBe(true);
    await on.until('the expired one is gone', async () => !(await there('kube-system', 'soon00')));
    expect(on.clock.now()).toBeGreaterThanOrEqual(expiresMs);
    await on.clock.advance(60_000);
    expect(await there('kube-system', 'always')).toBe(true);
    expect(await there('shop', 'elsewh')).toBe(true);
    expect(await there('kube-system', 'opaque')).toBe(true);
  });
});
