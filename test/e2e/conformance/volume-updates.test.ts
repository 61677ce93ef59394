import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configMaps, secrets } from '../../../lib/kube/resources.ts';
import type { Pod, Volume } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { PodSpace } from './pod-space.ts';
import { scriptContainer, scriptPod } from './script-pod.ts';

/** Three containers, each with a volume of an object that need not be there: one that is made later, one that is changed, one that is deleted. */
const space = new PodSpace('conformance-volume-updates');
const { client } = space.cluster;
const { namespace } = space;

const parts = ['create', 'update', 'delete'] as const;

interface Family {
  readonly name: string;
  readonly pod: string;
  readonly volume: (object: string) => Omit<Volume, 'name'>;
  readonly make: (object: string, data: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly change: (object: string, data: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly remove: (object: string) => Promise<unknown>;
}

const asSecret = {
  make: (name: string, data: Readonly<Record<string, string>>) => space.secret(name, data),
  change: (name: string, stringData: Readonly<Record<string, string>>) =>
    client.patch(secrets, { namespace, name }, 'merge', { stringData }),
  remove: (name: string) => client.delete(secrets, { namespace, name }),
};

const asConfigMap = {
  make: (name: string, data: Readonly<Record<string, string>>) => space.configMap(name, data),
  change: (name: string, data: Readonly<Record<string, string>>) =>
    client.patch(configMaps, { namespace, name }, 'merge', { data }),
  remove: (name: string) => client.delete(configMaps, { namespace, name }),
};

const families: readonly Family[] = [
  {
    name: '[sig-storage] Secrets optional updates should be reflected in volume [NodeConformance]',
    pod: 'secret',
    volume: (secretName) => ({ secret: { secretName, optional: true } }),
    ...asSecret,
  },
  {
    name: '[sig-storage] Projected secret optional updates should be reflected in volume [NodeConformance]',
    pod: 'projected-secret',
    volume: (name) => ({ projected: { sources: [{ secret: { name, optional: true } }] } }),
    ...asSecret,
  },
  {
    name: '[sig-storage] Projected configMap optional updates should be reflected in volume [NodeConformance]',
    pod: 'projected-config',
    volume: (name) => ({ projected: { sources: [{ configMap: { name, optional: true } }] } }),
    ...asConfigMap,
  },
];

/** Each container writes what it reads whenever that is something else than before. */
const watching = `trap 'exit 0' TERM; was=; while :; do
  is=$(cat /volume/data 2>/dev/null || echo nothing)
  [ "$is" = "$was" ] || echo "$is"
  was=$is; usleep 200000
done`;

function watchingPod({ pod, volume }: Family): Pod {
  return scriptPod(pod, '', {
    spec: {
      volumes: parts.map((part) => ({ name: part, ...volume(`${pod}-${part}`) })),
      containers: parts.map((part) =>
        scriptContainer(part, watching, { volumeMounts: [{ name: part, mountPath: '/volume' }] }),
      ),
    },
  });
}

beforeAll(async () => {
  await space.open();
  const present = families.flatMap(({ pod, make }) =>
    ['update', 'delete'].map((part) => make(`${pod}-${part}`, { data: 'value-1' })),
  );
  await Promise.all(present);
  await space.createAll(families.map(watchingPod));
});
afterAll(() => space.close());

const expectSeen = (pod: string, part: string, values: string) =>
  eventually(`container ${part} of pod ${pod} has read, one after the other: ${values}`, async () => {
    const seen = (await space.logOf(pod, part)).trim().split('\n').join(', ');
    return seen === values || Promise.reject(new Error(`it has read: ${seen}`));
  });

describe.concurrent('what is optional', () => {
  for (const { name, pod, make, change, remove } of families) {
    test(name, async () => {
      await space.until(
        pod,
        'runs',
        ({ status }) => status?.containerStatuses?.every(({ started }) => started) ?? false,
      );
      await expectSeen(pod, 'create', 'nothing');
      await expectSeen(pod, 'update', 'value-1');
      await expectSeen(pod, 'delete', 'value-1');
      await make(`${pod}-create`, { data: 'value-1' });
      await change(`${pod}-update`, { data: 'value-2' });
      await remove(`${pod}-delete`);
      await expectSeen(pod, 'create', 'nothing, value-1');
      await expectSeen(pod, 'update', 'value-1, value-2');
      await expectSeen(pod, 'delete', 'value-1, nothing');
      expect((await space.until(pod, 'is there', () => true)).status?.phase).toBe('Running');
    });
  }
});
