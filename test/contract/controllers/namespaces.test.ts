import { afterEach, describe, expect, test } from 'vitest';
import {
  configMaps,
  deployments,
  namespaces,
  pods,
  secrets,
  serviceAccounts,
  services,
  type ResourceType,
} from '../../../lib/kube/resources.ts';
import { ControlLoops } from './control-loops.ts';

let loops: ControlLoops | undefined;

afterEach(async () => {
  await loops?.stop();
  loops = undefined;
});

async function start(): Promise<ControlLoops> {
  loops = await ControlLoops.start();
  await loops.client.create(namespaces, { metadata: { name: 'shop' } });
  return loops;
}

describe('a namespace', () => {
  test('has a ServiceAccount and the CA, again when they are deleted or changed', async () => {
    const on = await start();
    const ca = { namespace: 'shop', name: 'kube-root-ca.crt' };
    await on.until('both', async () => {
      const account = await on.client.get(serviceAccounts, { namespace: 'shop', name: 'default' });
      const map = await on.client.get(configMaps, ca);
      return account && map.data?.['ca.crt'] === 'the CA';
    });
    await on.client.delete(configMaps, ca);
    await on.client.delete(serviceAccounts, { namespace: 'shop', name: 'default' });
    await on.until('made again', async () => {
      await on.client.get(serviceAccounts, { namespace: 'shop', name: 'default' });
      return on.client.get(configMaps, ca);
    });
    await on.client.patch(configMaps, ca, 'merge', { data: { 'ca.crt': 'forged' } });
    await on.until('put right', async () => (await on.client.get(configMaps, ca)).data?.['ca.crt'] === 'the CA');
  });

  test('is gone with everything in it when it is deleted', async () => {
    const on = await start();
    const namespace = 'shop';
    await on.client.create(deployments, {
      metadata: { name: 'hello', namespace },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'hello' } },
        template: {
          metadata: { labels: { app: 'hello' } },
          spec: { containers: [{ name: 'main', image: 'hello:1' }] },
        },
      },
    });
    await on.client.create(services, {
      metadata: { name: 'hello', namespace },
      spec: { selector: { app: 'hello' }, ports: [{ port: 80 }] },
    });
    await on.client.create(secrets, { metadata: { name: 'key', namespace } });
    await on.until('pods', async () => (await on.client.list(pods, { namespace })).items.length === 2);
    await on.client.delete(namespaces, { name: namespace });
    await on.until('gone', async () =>
      (await on.client.list(namespaces)).items.every(({ metadata }) => metadata?.name !== namespace),
    );
    const kinds: readonly ResourceType[] = [pods, deployments, services, secrets, configMaps, serviceAccounts];
    for (const kind of kinds) {
      expect((await on.client.list(kind, { namespace })).items, kind.plural).toEqual([]);
    }
    expect(on.kubelets.failures).toEqual([]);
  });

  test('says what is left while something holds it, and goes when that lets go', async () => {
    const on = await start();
    const key = { namespace: 'shop', name: 'held' };
    await on.client.create(configMaps, { metadata: { ...key, finalizers: ['example.com/hold'] } });
    await on.client.delete(namespaces, { name: 'shop' });
    await on.until('conditions', async () => {
      const { status } = await on.client.get(namespaces, { name: 'shop' });
      return status?.conditions?.some(
        ({ type, message }) =>
          type === 'NamespaceFinalizersRemaining' && message?.includes('example.com/hold in 1 resource instances'),
      );
    });
    await on.client.patch(configMaps, key, 'merge', { metadata: { finalizers: null } });
    await on.until('gone', async () =>
      (await on.client.list(namespaces)).items.every(({ metadata }) => metadata?.name !== 'shop'),
    );
  });
});
