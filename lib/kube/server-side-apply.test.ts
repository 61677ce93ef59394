import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FieldSet } from './field-set.ts';
import { managedFieldsAfterUpdate } from './managed-fields.ts';
import { ApplyConflict, serverSideApply } from './server-side-apply.ts';
import type { Deployment, KubeObject } from './types.ts';

const apiVersion = 'apps/v1';
const time = '2026-01-01T00:00:00Z';

function apply(live: KubeObject | undefined, config: object, manager = 'alice', more: object = {}): Deployment {
  const object = { apiVersion, kind: 'Deployment', ...config };
  return serverSideApply('V1Deployment', live, object, {
    manager,
    apiVersion,
    time,
    force: false,
    ...more,
  }) as Deployment;
}

/** An ordinary update of what is there. */
function update(live: Deployment, change: (copy: Deployment) => void, manager = 'bob', more: object = {}): Deployment {
  const copy = structuredClone(live);
  change(copy);
  const managedFields = managedFieldsAfterUpdate('V1Deployment', live, copy, { manager, apiVersion, time, ...more });
  return { ...copy, metadata: { ...copy.metadata, managedFields } };
}

const config = (spec: object, labels?: Record<string, string>) => ({
  metadata: { name: 'a', namespace: 'd', ...(labels ? { labels } : {}) },
  spec,
});

const container = (more: object = {}, name = 'c') => ({ name, ...more });
const withContainers = (...containers: object[]) => config({ template: { spec: { containers } } });
const containersOf = (object: Deployment) => object.spec?.template.spec?.containers;
const fieldsOf = (object: Deployment, manager: string) =>
  object.metadata?.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;

describe('server-side apply', () => {
  it('makes an object and notes who manages what', () => {
    const made = apply(
      undefined,
      config(
        {
          replicas: 1,
          template: { spec: { containers: [container({ image: 'i', ports: [{ containerPort: 80 }] })] } },
        },
        { app: 'a' },
      ),
    );
    expect(made.metadata?.managedFields).toEqual([
      {
        manager: 'alice',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"c"}': {
                    '.': {},
                    'f:image': {},
                    'f:name': {},
                    'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                  },
                },
              },
            },
          },
        },
      },
    ]);
  });

  it('merges lists by their keys and keeps what others added', () => {
    const live = update(apply(undefined, withContainers(container({ image: '1' }))), (copy) => {
      containersOf(copy)?.unshift(container({ image: 'side' }, 'sidecar'));
    });
    const applied = apply(live, withContainers(container({ image: '2' }), container({ image: 'new' }, 'n')));
    expect(containersOf(applied)).toEqual([
      { name: 'sidecar', image: 'side' },
      { name: 'c', image: '2' },
      { name: 'n', image: 'new' },
    ]);
  });

  it('removes what this manager applied before and does not any more', () => {
    const first = apply(undefined, config({ replicas: 1, paused: true }, { a: '1', b: '2' }));
    const second = apply(first, config({ replicas: 1 }, { a: '1' }));
    expect(second.spec).toEqual({ replicas: 1 });
    expect(second.metadata?.labels).toEqual({ a: '1' });
  });

  it('removes a list item that is no longer applied, but not one in which another manages something', () => {
    const first = apply(undefined, withContainers(container({ image: '1' }, 'x'), container({ image: '1' }, 'y')));
    const live = update(first, (copy) => {
      const list = containersOf(copy);
      if (list?.[1]) list[1].tty = true;
    });
    expect(containersOf(apply(live, withContainers()))).toEqual([{ name: 'y', tty: true }]);
    expect(containersOf(apply(first, withContainers(container({ image: '1' }, 'y'))))).toEqual([
      { name: 'y', image: '1' },
    ]);
  });

  it('takes a structure away as a whole, with the defaults in it, when nobody manages anything in it', () => {
    const probe = { httpGet: { path: '/', port: 80 } };
    const first = apply(undefined, withContainers(container({ image: '1', livenessProbe: probe })));
    // Defaults are nobody's.
    const live = structuredClone(first);
    Object.assign(containersOf(live)?.[0]?.livenessProbe ?? {}, { periodSeconds: 10 });
    expect(containersOf(apply(live, withContainers(container({ image: '1' }))))).toEqual([{ name: 'c', image: '1' }]);
  });

  it('keeps what is no longer applied but managed by another', () => {
    const first = apply(undefined, config({ replicas: 1 }));
    const shared = apply(first, config({ replicas: 1 }), 'carol');
    const left = apply(shared, config({}));
    expect(left.spec).toEqual({ replicas: 1 });
    expect(fieldsOf(left, 'carol')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it('refuses to set a field otherwise than its manager, naming both', () => {
    const first = apply(
      undefined,
      config({ replicas: 1, template: { spec: { containers: [container({ image: '1' })] } } }),
    );
    const attempt = () =>
      apply(first, config({ replicas: 2, template: { spec: { containers: [container({ image: '2' })] } } }), 'carol');
    expect(attempt).toThrow(ApplyConflict);
    expect(attempt).toThrow(
      'Apply failed with 2 conflicts: conflicts with "alice":\n- .spec.replicas\n- .spec.template.spec.containers[name="c"].image',
    );
    const live = update(first, (copy) => Object.assign(copy.spec ?? {}, { replicas: 5 }), 'bob');
    try {
      apply(live, config({ replicas: 1 }));
      expect.unreachable();
    } catch (error) {
      expect((error as ApplyConflict).message).toBe(
        'Apply failed with 1 conflict: conflict with "bob" using apps/v1: .spec.replicas',
      );
      expect((error as ApplyConflict).causes).toEqual([
        { reason: 'FieldManagerConflict', message: 'conflict with "bob" using apps/v1', field: '.spec.replicas' },
      ]);
    }
  });

  it('takes over by force', () => {
    const first = apply(undefined, config({ replicas: 1, paused: true }));
    const taken = apply(first, config({ replicas: 2 }), 'carol', { force: true });
    expect(taken.spec).toEqual({ replicas: 2, paused: true });
    expect(fieldsOf(taken, 'alice')).toEqual({ 'f:spec': { 'f:paused': {} } });
    expect(fieldsOf(taken, 'carol')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it('shares a field on whose value both agree', () => {
    const shared = apply(apply(undefined, config({ replicas: 1 })), config({ replicas: 1 }), 'carol');
    expect(fieldsOf(shared, 'alice')).toEqual(fieldsOf(shared, 'carol'));
  });

  it('treats everything in an object that nobody applied as somebody’s', () => {
    const live = { metadata: { name: 'a', creationTimestamp: '2025-01-01T00:00:00Z' }, spec: { replicas: 3 } };
    expect(() => apply(live, config({ replicas: 1 }))).toThrow(
      'conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
    expect(apply(live, config({ replicas: 3 })).metadata?.managedFields).toHaveLength(2);
  });

  it('changes nothing when the same is applied again', () => {
    const first = apply(undefined, withContainers(container({ image: '1' })));
    expect(apply(first, withContainers(container({ image: '1' })), 'alice', { time: '2027-01-01T00:00:00Z' })).toEqual(
      first,
    );
  });

  it('treats lists without keys as one value', () => {
    const first = apply(undefined, withContainers(container({ args: ['a', 'b'] })));
    const second = apply(first, withContainers(container({ args: ['c'] })));
    expect(containersOf(second)?.[0]?.args).toEqual(['c']);
    expect(() => apply(first, withContainers(container({ args: ['c'] })), 'carol')).toThrow('.args');
  });

  it('unites sets', () => {
    const meta = (finalizers: string[]) => ({ metadata: { name: 'a', finalizers } });
    const both = apply(apply(undefined, meta(['x/a'])), meta(['x/b']), 'carol');
    expect(both.metadata?.finalizers).toEqual(['x/a', 'x/b']);
    expect(fieldsOf(both, 'carol')).toEqual({ 'f:metadata': { 'f:finalizers': { 'v:"x/b"': {} } } });
  });

  it('works without knowing the type: members merge, lists do not', () => {
    const options = { manager: 'm', apiVersion: 'x/v1', time, force: false };
    const first = serverSideApply(undefined, undefined, { spec: { a: 1, list: [1] } } as KubeObject, options);
    const second = serverSideApply(undefined, first, { spec: { b: { c: 2 }, list: [2] } } as KubeObject, options);
    expect(second).toMatchObject({ spec: { b: { c: 2 }, list: [2] } });
    expect(second).not.toHaveProperty('spec.a');
  });

  it('leaves its arguments as they were', () => {
    const live = apply(undefined, withContainers(container({ image: '1' })));
    const wanted = withContainers(container({ image: '2' }));
    const before = JSON.stringify([live, wanted]);
    apply(live, wanted);
    expect(JSON.stringify([live, wanted])).toBe(before);
  });

  it('leaves an empty map with who applied it, although nothing of it is kept, and lets nobody else apply it unasked', () => {
    const first = apply(undefined, { metadata: { name: 'a', labels: {} }, spec: { replicas: 1 } });
    const live = { ...first, metadata: { name: 'a', managedFields: first.metadata?.managedFields } } as Deployment;
    const second = apply(live, { metadata: { name: 'a' }, spec: { paused: true } }, 'bob');
    expect(fieldsOf(second, 'alice')).toEqual({ 'f:metadata': { 'f:labels': {} }, 'f:spec': { 'f:replicas': {} } });
    expect(() => apply(live, { metadata: { name: 'a', labels: {} } }, 'bob')).toThrow(
      /conflict with "alice": .metadata.labels/,
    );
  });
});

describe('server-side apply of anything', () => {
  const env = fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B'), value: fc.constantFrom('1', '2') }), {
    selector: ({ name }) => name,
    maxLength: 2,
    minLength: 1,
  });
  const anyContainer = fc.record(
    {
      name: fc.constantFrom('x', 'y', 'z'),
      image: fc.constantFrom('1', '2'),
      args: fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 2 }),
      env,
    },
    { requiredKeys: ['name'] },
  );
  const containers = fc.uniqueArray(anyContainer, { selector: ({ name }) => name, maxLength: 3, minLength: 1 });
  const labels = fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { minKeys: 1 });
  const anyConfig = fc
    .record({
      replicas: fc.option(fc.nat(3), { nil: undefined }),
      containers,
      labels: fc.option(labels, { nil: undefined }),
    })
    .map(({ replicas, containers, labels }) =>
      config({ ...(replicas === undefined ? {} : { replicas }), template: { spec: { containers } } }, labels),
    );
  const content = ({ metadata, spec }: KubeObject & { spec?: unknown }) => ({
    ...(metadata?.labels ? { labels: metadata.labels } : {}),
    ...(spec === undefined ? {} : { spec: spec as object }),
  });
  /** Lists of items in one order: which one stands first is not what these tests are about. */
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      const items: unknown[] = value.map(sorted);
      const isKeyed = items.every((item) => typeof item === 'object');
      return isKeyed ? items.sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))) : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([name, member]) => [name, sorted(member)] as const);
    return Object.fromEntries(members.sort(([a], [b]) => a.localeCompare(b)));
  };

  it('leaves what was applied last when one manager applies again and again', () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, (first, second) => {
        expect(content(apply(apply(undefined, first), second))).toEqual(content(second));
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, (first, second) => {
        const both = apply(apply(undefined, first), second, 'carol', { force: true });
        expect(apply(both, second, 'carol')).toEqual(both);
      }),
    );
  });

  it('leaves exactly what the other applied when one lets go of everything', () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, (first, second) => {
        const both = apply(apply(undefined, first), second, 'carol', { force: true });
        const left = apply(both, { metadata: { name: 'a', namespace: 'd' } });
        expect(sorted(content(left))).toEqual(sorted(content(second)));
        expect(left.metadata?.managedFields?.map(({ manager }) => manager)).toEqual(['carol']);
      }),
    );
  });
});

describe('managed fields after an update', () => {
  it('give what was changed to who changed it, and nobody what is gone', () => {
    const live = apply(undefined, config({ replicas: 1, paused: true }));
    const updated = update(live, (copy) => {
      if (!copy.spec) return;
      copy.spec.replicas = 2;
      delete copy.spec.paused;
    });
    expect(fieldsOf(updated, 'alice')).toBeUndefined();
    expect(fieldsOf(updated, 'bob')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  it('keep writers of subresources apart', () => {
    const live = apply(undefined, config({ replicas: 1 }));
    const updated = update(
      live,
      (copy) => {
        copy.status = { replicas: 1 };
      },
      'alice',
      { subresource: 'status' },
    );
    expect(updated.metadata?.managedFields?.map(({ operation, subresource }) => [operation, subresource])).toEqual([
      ['Apply', undefined],
      ['Update', 'status'],
    ]);
  });

  it('stay as they are when nothing changed', () => {
    const live = apply(undefined, config({ replicas: 1 }));
    expect(update(live, () => {}).metadata?.managedFields).toEqual(live.metadata?.managedFields);
  });

  it('join the oldest of many managers', () => {
    let live = apply(undefined, config({ replicas: 1 }));
    for (let i = 0; i < 20; i++) {
      live = update(
        live,
        (copy) => Object.assign(copy.metadata ?? {}, { labels: { ...copy.metadata?.labels, [`l${i}`]: 'x' } }),
        `m${i}`,
      );
    }
    const managers = live.metadata?.managedFields?.map(({ manager }) => manager) ?? [];
    expect(managers.length).toBeLessThanOrEqual(12);
    expect(managers).toContain('ancient-changes');
  });
});

describe('FieldSet', () => {
  const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"');
  const { tree } = fc.letrec<{ tree: Record<string, unknown> }>((tie) => ({
    tree: fc.dictionary(
      element,
      fc.oneof(
        { depthSize: 'small' },
        fc.constant({}),
        tie('tree'),
        tie('tree').map((below) => ({ '.': {}, ...below })),
      ),
      {
        maxKeys: 3,
      },
    ),
  }));
  const set = tree.map((fields) => FieldSet.fromFieldsV1(fields));

  it('is read as it was written', () => {
    fc.assert(
      fc.property(set, (one) => {
        expect(FieldSet.fromFieldsV1(one.toFieldsV1()).equals(one)).toBe(true);
      }),
    );
  });

  it('obeys the laws of sets', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(a.union(b).equals(b.union(a))).toBe(true);
        expect(a.difference(b).intersection(b).isEmpty).toBe(true);
        expect(a.difference(b).union(a.intersection(b)).equals(a)).toBe(true);
        expect(new Set(a.union(b).paths())).toEqual(new Set([...a.paths(), ...b.paths()]));
      }),
    );
  });
});

describe('what kubectl applied on the client\u2019s side', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const live = (replicas: number, last: object): Deployment => ({
    apiVersion,
    kind: 'Deployment',
    metadata: { name: 'a', annotations: { [annotation]: JSON.stringify({ apiVersion, kind: 'Deployment', ...last }) } },
    spec: { ...config({ replicas }).spec, selector: {}, template: {} },
  });

  it('is its own on the server\u2019s side, and noted anew', () => {
    const applied = apply(live(1, config({ replicas: 1 })), config({ replicas: 2 }), 'kubectl');
    expect(applied.spec?.replicas).toBe(2);
    expect(JSON.parse(applied.metadata?.annotations?.[annotation] ?? '')).toMatchObject({ spec: { replicas: 2 } });
  });

  it('is not its own when somebody else has set it otherwise, nor for other managers', () => {
    const changed = live(5, config({ replicas: 1 }));
    expect(() => apply(changed, config({ replicas: 2 }), 'kubectl')).toThrow(ApplyConflict);
    expect(() => apply(live(1, config({ replicas: 1 })), config({ replicas: 2 }), 'bob')).toThrow(ApplyConflict);
  });
});
