import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../../../lib/kube/types.ts';
import type { Strategy } from '../../strategy.ts';
import { deviceClassStrategy } from './device-class.ts';
import { resourceClaimStrategy, resourceClaimTemplateStrategy } from './resource-claim.ts';
import { resourceSliceStrategy } from './resource-slice.ts';

/** What is wrong with an object, as `field: message`. */
function wrongs<T extends KubeObject>(strategy: Strategy<T>, object: object, old?: object): readonly string[] {
  const [next, before] = [structuredClone(object) as T, structuredClone(old) as T | undefined];
  strategy.default?.(next);
  if (before) strategy.default?.(before);
  const errors = [
    ...(strategy.validate?.(next, before) ?? []),
    ...(before ? (strategy.validateUpdate?.(next, before) ?? []) : []),
  ];
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

const exactly = { deviceClassName: 'gpus' };
const claim = (devices: object) => ({ metadata: { name: 'c' }, spec: { devices } });
const request = (over: object) => claim({ requests: [{ name: 'r', exactly: { ...exactly, ...over } }] });
const selector = (expression: string) => request({ selectors: [{ cel: { expression } }] });

describe('a claim', () => {
  test('asks for one device of each request unless it says otherwise', () => {
    const object = {
      spec: {
        devices: {
          requests: [
            { name: 'a', exactly: { deviceClassName: 'gpus', tolerations: [{ key: 'k' }] } },
            { name: 'b', firstAvailable: [{ name: 'x', deviceClassName: 'gpus' }] },
            { name: 'c', exactly: { deviceClassName: 'gpus', allocationMode: 'All' } },
          ],
        },
      },
    };
    resourceClaimStrategy.default?.(object);
    const one = { deviceClassName: 'gpus', allocationMode: 'ExactCount', count: 1 };
    expect(object.spec.devices.requests).toEqual([
      { name: 'a', exactly: { ...one, tolerations: [{ key: 'k', operator: 'Equal' }] } },
      { name: 'b', firstAvailable: [{ name: 'x', ...one }] },
      { name: 'c', exactly: { deviceClassName: 'gpus', allocationMode: 'All' } },
    ]);
  });

  const at = 'spec.devices.requests[0]';
  const cases: readonly (readonly [string, object, readonly string[]])[] = [
    ['nothing', claim({}), []],
    ['one device', request({}), []],
    [
      'neither kind of request',
      claim({ requests: [{ name: 'r' }] }),
      [`${at}: Required value: exactly one of \`exactly\` or \`firstAvailable\` is required`],
    ],
    [
      'both kinds of request',
      claim({ requests: [{ name: 'r', exactly, firstAvailable: [{ name: 'x', deviceClassName: 'gpus' }] }] }),
      [
        `${at}: Invalid value: null: exactly one of \`exactly\` or \`firstAvailable\` is required, but multiple fields are set`,
      ],
    ],
    ['no class', request({ deviceClassName: '' }), [`${at}.exactly.deviceClassName: Required value`]],
    [
      'all of them, counted',
      request({ allocationMode: 'All', count: 2 }),
      [`${at}.exactly.count: Invalid value: 2: must not be specified when allocationMode is 'All'`],
    ],
    ['fewer than none', request({ count: -1 }), [`${at}.exactly.count: Invalid value: -1: must be greater than zero`]],
    [
      'an unknown mode',
      request({ allocationMode: 'Some' }),
      [`${at}.exactly.allocationMode: Unsupported value: "Some": supported values: "All", "ExactCount"`],
    ],
    [
      'a name twice',
      claim({
        requests: [
          { name: 'r', exactly },
          { name: 'r', exactly },
        ],
      }),
      ['spec.devices.requests[1]: Duplicate value: "r"'],
    ],
    [
      'too many requests',
      claim({ requests: Array.from({ length: 33 }, (_, index) => ({ name: `r${index}`, exactly })) }),
      ['spec.devices.requests: Too many: 33: must have at most 32 items'],
    ],
    [
      'a constraint on what is not asked for',
      claim({ requests: [{ name: 'r', exactly }], constraints: [{ requests: ['q'], matchAttribute: 'a.example/x' }] }),
      [
        `spec.devices.constraints[0].requests[0]: Invalid value: "q": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'`,
      ],
    ],
    [
      'an attribute without a domain',
      claim({ requests: [{ name: 'r', exactly }], constraints: [{ matchAttribute: 'x' }] }),
      [
        'spec.devices.constraints[0].matchAttribute: Invalid value: "x": a fully qualified name must be a domain and a name separated by a slash',
      ],
    ],
    [
      'configuration of nobody',
      claim({ config: [{}, { opaque: { driver: 'a_b', parameters: 'text' } }] }),
      [
        'spec.devices.config[0].opaque: Required value',
        expect.stringContaining('spec.devices.config[1].opaque.driver: Invalid value: "a_b": a lowercase RFC 1123'),
        'spec.devices.config[1].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
      ],
    ],
    [
      'an expression about a device',
      selector(
        'device.attributes["gpu.example.com"].model == "a100" && device.capacity["gpu.example.com"].memory.compareTo(quantity("10Gi")) >= 0',
      ),
      [],
    ],
    [
      'an expression about its version',
      selector('device.attributes["a.example"].version.isGreaterThan(semver("1.2.3"))'),
      [],
    ],
    [
      'an expression that cannot be read',
      selector('device.driver ='),
      [
        expect.stringContaining(
          `${at}.exactly.selectors[0].cel.expression: Invalid value: "device.driver =": compilation failed: ERROR: <input>:1:`,
        ),
      ],
    ],
    [
      'an expression about something else',
      selector('object.spec == 1'),
      [expect.stringContaining('compilation failed: ')],
    ],
    [
      'a member that devices do not have',
      selector('device.name == "x"'),
      [expect.stringContaining("compilation failed: ERROR: <input>: undefined field 'name'")],
    ],
    [
      'an answer that is none',
      selector('"x"'),
      [expect.stringContaining('must evaluate to bool or the unknown type, not string')],
    ],
    [
      'an expression that is too long',
      selector(`device.driver == "${'x'.repeat(10_240)}"`),
      [`${at}.exactly.selectors[0].cel.expression: Too long: may not be more than 10240 bytes`],
    ],
  ];
  test.each(cases)('with %s', (_name, object, expected) => {
    expect(wrongs(resourceClaimStrategy, object)).toEqual(expected);
  });

  test('wants what it wanted first', () => {
    expect(wrongs(resourceClaimStrategy, request({}), request({}))).toEqual([]);
    expect(wrongs(resourceClaimStrategy, request({ count: 2 }), request({}))).toEqual([
      expect.stringMatching(/^spec: Invalid value: .*: field is immutable$/),
    ]);
    const template = (count: number) => ({ spec: { spec: request({ count }).spec } });
    expect(wrongs(resourceClaimTemplateStrategy, template(1), template(1))).toEqual([]);
    expect(wrongs(resourceClaimTemplateStrategy, template(2), template(1))).toEqual([
      expect.stringMatching(/^spec: Invalid value: .*: field is immutable$/),
    ]);
  });

  test('of a template is checked where it stands', () => {
    const template = { spec: { metadata: { labels: { 'a b': 'c' } }, spec: request({ deviceClassName: '' }).spec } };
    expect(wrongs(resourceClaimTemplateStrategy, template)).toEqual([
      expect.stringContaining('spec.metadata.labels: Invalid value: "a b"'),
      'spec.spec.devices.requests[0].exactly.deviceClassName: Required value',
    ]);
  });
});

describe("a claim's status", () => {
  const result = { request: 'r', driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' };
  const allocation = { devices: { results: [result] } };
  const consumer = { resource: 'pods', name: 'p', uid: 'u' };
  const device = { driver: 'gpu.example.com', pool: 'node-1', device: 'gpu-0' };
  const withStatus = (status: object, metadata = {}) => ({ ...request({}), metadata, status }) as never;
  const errors = (status: object, old: object = {}, metadata = {}) =>
    resourceClaimStrategy
      .validateStatusUpdate?.(withStatus(status, metadata), withStatus(old))
      .map(({ field, message }) => `${field}: ${message}`);

  test('says which devices are whose', () => {
    expect(errors({ allocation, reservedFor: [consumer], devices: [device] })).toEqual([]);
  });

  test('reserves what is allocated only, and to nobody new once the claim is to go', () => {
    expect(errors({ reservedFor: [consumer] })).toEqual([
      'status.reservedFor: Forbidden: may not be specified when `allocated` is not set',
    ]);
    const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(errors({ allocation, reservedFor: [consumer] }, { allocation }, deleted)).toEqual([
      'status.reservedFor: Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
    ]);
  });

  test('allocates once, by requests that there are', () => {
    const other = { devices: { results: [{ ...result, device: 'gpu-1' }] } };
    expect(errors({ allocation: other }, { allocation })).toEqual([
      expect.stringMatching(/^status.allocation: .*field is immutable$/),
    ]);
    expect(errors({ allocation: { devices: { results: [{ ...result, request: 'q' }] } } })).toEqual([
      expect.stringContaining('status.allocation.devices.results[0].request: Invalid value: "q": must be the name of'),
    ]);
  });

  test('tells of allocated devices only', () => {
    expect(errors({ allocation, devices: [{ ...device, device: 'gpu-1' }] })).toEqual([
      'status.devices[0]: Invalid value: {"Driver":"gpu.example.com","Pool":"node-1","Device":"gpu-1","ShareID":""}: must be an allocated device in the claim',
    ]);
    expect(errors({ allocation, devices: [{ ...device, networkData: { ips: ['10.0.0.1'] } }] })).toEqual([
      expect.stringContaining(
        'status.devices[0].networkData.ips[0]: Invalid value: "10.0.0.1": must be a valid address in CIDR form',
      ),
    ]);
  });

  test('forgets a device that is freed', () => {
    const next = { ...request({}), metadata: {}, status: { devices: [device] } };
    resourceClaimStrategy.prepareForStatusUpdate?.(next, withStatus({ allocation, devices: [device] }), 0, 'status');
    expect(next.status).toEqual({});
  });
});

describe('a class', () => {
  const kind = (spec: object) => ({ metadata: { name: 'gpus' }, spec });
  test('selects by expressions, which are not read again while they stay', () => {
    const broken = kind({ selectors: [{ cel: { expression: 'device.' } }] });
    expect(wrongs(deviceClassStrategy, broken)).toEqual([expect.stringContaining('compilation failed: ')]);
    expect(wrongs(deviceClassStrategy, broken, broken)).toEqual([]);
    expect(wrongs(deviceClassStrategy, kind({ selectors: [{}] }))).toEqual(['spec.selectors[0].cel: Required value']);
  });

  test.each([
    ['example.com/gpu', []],
    ['gpu', ['spec.extendedResourceName: Invalid value: "gpu": must be a valid extended resource name']],
    ['kubernetes.io/gpu', [expect.stringContaining('must be a valid extended resource name')]],
  ])('is asked for as %s', (extendedResourceName, expected) => {
    expect(wrongs(deviceClassStrategy, kind({ extendedResourceName }))).toEqual(expected);
  });
});

describe('a slice', () => {
  const pool = { name: 'node-1', generation: 1, resourceSliceCount: 1 };
  const slice = (over: object) => ({ spec: { driver: 'gpu.example.com', nodeName: 'node-1', pool, ...over } });
  const device = (over: object) => slice({ devices: [{ name: 'gpu-0', ...over }] });
  const many = (count: number, over: object = {}) =>
    slice({ devices: Array.from({ length: count }, (_, index) => ({ name: `gpu-${index}`, ...over })) });
  const taints = [{ key: 'broken', effect: 'NoSchedule' }];
  const union = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  const range = { default: '3', validRange: { min: '2', max: '8', step: '2' } };

  const cases: readonly (readonly [string, object, readonly unknown[]])[] = [
    ['devices of a node', device({}), []],
    ['no place', slice({ nodeName: undefined }), [`spec: Required value: ${union}`]],
    [
      'two places',
      slice({ allNodes: true }),
      [`spec: Invalid value: "{\`nodeName\`, \`allNodes\`}": ${union}, but multiple fields are set`],
    ],
    [
      'a place that it denies',
      slice({ allNodes: false }),
      ['spec.allNodes: Invalid value: false: must be either unset or set to true'],
    ],
    [
      'two alternatives of nodes',
      slice({
        nodeName: undefined,
        nodeSelector: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'a', operator: 'Exists' }] },
            { matchExpressions: [{ key: 'b', operator: 'Exists' }] },
          ],
        },
      }),
      [expect.stringMatching(/^spec.nodeSelector.nodeSelectorTerms: .*must have exactly one node selector term$/)],
    ],
    [
      'a device name that is none',
      device({ name: 'GPU.0' }),
      [expect.stringContaining('spec.devices[0].name: Invalid')],
    ],
    ['128 devices', many(128), []],
    ['129 devices', many(129), ['spec.devices: Too many: 129: must have at most 128 items']],
    ['65 devices with taints', many(65, { taints }), ['spec.devices: Too many: 65: must have at most 64 items']],
    [
      'an empty pool',
      slice({ pool: { name: 'a', generation: -1 } }),
      [
        'spec.pool.resourceSliceCount: Invalid value: 0: must be greater than zero',
        'spec.pool.generation: Invalid value: -1: must be greater than or equal to zero',
      ],
    ],
    [
      'an attribute of two kinds',
      device({ attributes: { a: { string: 'x', int: 1 } } }),
      [expect.stringContaining('spec.devices[0].attributes[a]: Invalid value: ')],
    ],
    [
      'a version that is none',
      device({ attributes: { a: { version: '1' } } }),
      [
        'spec.devices[0].attributes[a].version: Invalid value: "1": must be a string compatible with semver.org spec 2.0.0',
      ],
    ],
    [
      'an attribute name that is none',
      device({ attributes: { 'a/b/c': { bool: true } } }),
      ['spec.devices[0].attributes: Invalid value: "a/b/c": must not contain more than one slash'],
    ],
    [
      'a place of a device, which the slice has',
      device({ nodeName: 'node-1' }),
      [expect.stringContaining('can only be set if `perDeviceNodeSelection` is set to true')],
    ],
    [
      'a device without a place',
      slice({ nodeName: undefined, perDeviceNodeSelection: true, devices: [{ name: 'a' }] }),
      [expect.stringContaining('spec.devices[0]: Required value: exactly one of `nodeName`, `nodeSelector`, or `all')],
    ],
    [
      'portions of what is not shared',
      device({ capacity: { memory: { value: '8', requestPolicy: range } } }),
      ['spec.devices[0].capacity[memory].requestPolicy: Forbidden: allowMultipleAllocations must be true'],
    ],
    [
      'portions that do not fit',
      device({ allowMultipleAllocations: true, capacity: { memory: { value: '8', requestPolicy: range } } }),
      [
        'spec.devices[0].capacity[memory].requestPolicy.validRange.step: Invalid value: "3": value is not a multiple of a given step (2) from (2)',
      ],
    ],
    [
      'conditions of failure alone',
      device({ bindingFailureConditions: ['failed'] }),
      [expect.stringContaining('bindingConditions are required to use bindingFailureConditions')],
    ],
    [
      'counters and devices',
      slice({ devices: [], sharedCounters: [{ name: 'c', counters: { memory: { value: '1' } } }] }),
      ['spec: Invalid value: "": only one of `sharedCounters` or `devices` is allowed'],
    ],
  ];
  test.each(cases)('with %s', (_name, object, expected) => {
    expect(wrongs(resourceSliceStrategy, object)).toEqual(expected);
  });

  test('stays where it is', () => {
    const moved = slice({ nodeName: 'node-2', driver: 'other.example.com' });
    expect(wrongs(resourceSliceStrategy, moved, slice({}))).toEqual([
      'spec.driver: Invalid value: "other.example.com": field is immutable',
      'spec.nodeName: Invalid value: "node-2": field is immutable',
    ]);
  });
});
