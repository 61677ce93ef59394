import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/contract/agentnet/eventually.ts';
import { FakeClock } from '../../lib/clock.ts';
import type { EndpointSlice, Node, Service } from '../../lib/kube/types.ts';
import { silentLog } from '../../lib/log.ts';
import { node, service, slice } from '../../test/contract/agentnet/objects.ts';
import { ObjectStore } from '../../test/contract/agentnet/object-store.ts';
import type { Commands } from '../network/commands.ts';
import { ServiceProxy } from './service-proxy.ts';

/** Remembers what was run, and fails when told to. */
class RecordedCommands implements Commands {
  readonly writes: string[] = [];
  failures = 0;
  tableIsThere = true;

  run(command: string, args: readonly string[], options: { readonly input?: string } = {}): Promise<string> {
    if (command === 'ip') return Promise.resolve('[]');
    if (args[0] === '-t') return this.tableIsThere ? Promise.resolve('') : Promise.reject(new Error('no such table'));
    if (this.failures > 0) {
      this.failures--;
      return Promise.reject(new Error('netlink: busy'));
    }
    this.writes.push(options.input ?? '');
    return Promise.resolve('');
  }
}

let clock: FakeClock;
let commands: RecordedCommands;
let services: ObjectStore<Service>;
let slices: ObjectStore<EndpointSlice>;
let nodes: ObjectStore<Node>;
let proxy: ServiceProxy;

/** Lets the loop, which also reads a file of the kernel's, come to rest. */
async function settle(byMs: number, writes: number): Promise<void> {
  await clock.advance(byMs);
  await eventually(() => commands.writes.length).toBe(writes);
  await clock.advance(0);
}

beforeEach(async () => {
  clock = new FakeClock();
  commands = new RecordedCommands();
  services = new ObjectStore();
  slices = new ObjectStore();
  nodes = new ObjectStore();
  services.put(service('web', { clusterIP: '10.96.0.20' }));
  slices.put(slice('web', ['10.244.1.2']));
  nodes.put(node('n1', '10.244.1.1', '10.244.1.0/24'));
  proxy = new ServiceProxy({
    config: {
      nftTable: 'vigil-test',
      serviceSubnet: '10.96.0.0/16',
      network: { name: 'n', bridge: 'no-such-bridge', subnet: '10.244.0.0/16', gateway: '10.244.0.1' },
    },
    services,
    slices,
    nodes,
    commands,
    clock,
    log: silentLog,
  });
  await proxy.start(new AbortController().signal);
  await settle(10, 1);
});

afterEach(() => proxy.stop());

describe('the service proxy', () => {
  test('writes all changes that come together at once, 10 ms after the first', async () => {
    slices.put(slice('web', ['10.244.1.2', '10.244.1.3']));
    slices.put(slice('web', ['10.244.1.3']));
    await settle(10, 2);
    expect(commands.writes.at(-1)).toContain('dnat ip to 10.244.1.3:8080');
  });

  test('writes nothing when the rules are what they were', async () => {
    slices.put(slice('web', ['10.244.1.2']));
    nodes.put({ ...node('n1', '10.244.1.1', '10.244.1.0/24'), metadata: { name: 'n1', resourceVersion: '2' } });
    await settle(1_000, 1);
  });

  test('tries again when writing fails', async () => {
    commands.failures = 1;
    slices.put(slice('web', ['10.244.1.3']));
    await eventually(async () => {
      await clock.advance(100);
      return commands.writes.length;
    }).toBe(2);
  });

  test('writes the table again when somebody took it away', async () => {
    commands.tableIsThere = false;
    await eventually(async () => {
      await clock.advance(30_000);
      return commands.writes.length;
    }).toBe(2);
    expect(commands.writes[1]).toBe(commands.writes[0]);
  });

  test('removes the table when told to', async () => {
    await proxy.removeRules(new AbortController().signal);
    expect(commands.writes.at(-1)).toBe('table ip vigil-test\ndelete table ip vigil-test\n');
  });

  test('a name that is no name for a table is refused', () => {
    const make = (nftTable: string) =>
      new ServiceProxy({
        config: { nftTable, serviceSubnet: '10.96.0.0/16', network: { name: '', bridge: '', subnet: '', gateway: '' } },
        services,
        slices,
        nodes,
        commands,
        clock,
        log: silentLog,
      });
    expect(() => make('a; flush ruleset')).toThrow(expect.objectContaining({ code: 'NFT_TABLE_INVALID' }));
  });
});
