import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../test/contract/agentnet/eventually.ts';
import { FakeClock } from '../../lib/clock.ts';
import { silentLog } from '../../lib/log.ts';
import { DockerEndpoint } from '../streams/docker-endpoint.ts';
import type { Commands } from './commands.ts';
import { NodeNetwork } from './node-network.ts';

const config = {
  clusterName: 'test',
  // Already on the machine, so that nothing asks for it to be added.
  nodeIP: '127.0.0.1',
  network: { name: 'vigil-test', bridge: 'vg-test', subnet: '10.244.0.0/16', gateway: '10.244.0.1' },
  serviceSubnet: '10.96.0.0/16',
};

/** Networks as an engine keeps them. */
class FakeEngine {
  readonly networks = new Map<string, object>();
  creates = 0;
  /** The first creation fails although the network comes to be, as when two agents start together. */
  isRaced = false;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request.method ?? '', request.url ?? '', request).then(({ status, body }) => {
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `tcp://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(method: string, path: string, body: AsyncIterable<Buffer>): Promise<{ status: number; body: object }> {
    if (method === 'GET') {
      const found = this.networks.get(path.split('/').at(-1) ?? '');
      return found ? { status: 200, body: found } : { status: 404, body: { message: 'network not found' } };
    }
    this.creates++;
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const wanted = JSON.parse(Buffer.concat(chunks).toString()) as { Name: string };
    this.networks.set(wanted.Name, wanted);
    return this.isRaced
      ? { status: 403, body: { message: 'Pool overlaps with other one on this address space' } }
      : { status: 201, body: {} };
  }
}

class RecordedCommands implements Commands {
  readonly lines: string[] = [];
  failing: RegExp | undefined;

  run(command: string, args: readonly string[]): Promise<string> {
    const line = [command, ...args].join(' ');
    this.lines.push(line);
    return this.failing?.test(line) ? Promise.reject(new Error('no')) : Promise.resolve('');
  }
}

let engine: FakeEngine;
let commands: RecordedCommands;
let clock: FakeClock;
let endpoint: DockerEndpoint;
const signal = new AbortController().signal;

beforeEach(async () => {
  engine = new FakeEngine();
  commands = new RecordedCommands();
  clock = new FakeClock();
  endpoint = new DockerEndpoint(await engine.listen());
});

afterEach(() => engine.close());

const network = (overrides: Partial<typeof config> = {}) =>
  new NodeNetwork({ config: { ...config, ...overrides }, docker: endpoint, commands, clock, log: silentLog });

describe('the network of a node', () => {
  test('is made once, however often it is asked for', async () => {
    await network().ensure(signal);
    await network().ensure(signal);
    expect(engine.creates).toBe(1);
    expect(engine.networks.get('vigil-test')).toMatchObject({
      Driver: 'bridge',
      IPAM: { Config: [{ Subnet: '10.244.0.0/16', Gateway: '10.244.0.1' }] },
      Options: { 'com.docker.network.bridge.name': 'vg-test' },
      Labels: { 'dev.vigil.cluster': 'test' },
    });
    expect(commands.lines).toContain('ip route replace 10.96.0.0/16 dev vg-test scope link');
  });

  test('may be made by another agent at the same time', async () => {
    engine.isRaced = true;
    await network().ensure(signal);
    expect(engine.creates).toBe(1);
  });

  test('of another shape is refused rather than used', async () => {
    await network().ensure(signal);
    await expect(
      network({ network: { ...config.network, subnet: '10.245.0.0/16' } }).ensure(signal),
    ).rejects.toMatchObject({ code: 'NETWORK_MISMATCH', class: 'terminal' });
  });

  test('gets the address of the node when it is missing', async () => {
    await network({ nodeIP: '198.51.100.77' }).ensure(signal);
    expect(commands.lines).toContain('ip addr replace 198.51.100.77/32 dev vg-test');
  });

  test('lets forwarded traffic in once, in the chain that Docker leaves to others', async () => {
    await network().ensure(signal);
    expect(commands.lines).not.toContain('iptables -w 5 -I DOCKER-USER -j VIGIL-vg-test');
    commands.failing = / -C /;
    await network().ensure(signal);
    expect(commands.lines).toContain('iptables -w 5 -I DOCKER-USER -j VIGIL-vg-test');
    commands.failing = / -C |DOCKER-USER/;
    await network().ensure(signal);
    expect(commands.lines).toContain('iptables -w 5 -I FORWARD -j VIGIL-vg-test');
  });

  test('serves without forwarding rules where there is no iptables', async () => {
    commands.failing = /iptables/;
    await network().ensure(signal);
  });

  test.each([
    ['bridge', { network: { ...config.network, bridge: '../../etc' } }],
    ['network name', { network: { ...config.network, name: 'a/b' } }],
    ['nodeIP', { nodeIP: '-4' }],
    ['serviceSubnet', { serviceSubnet: 'default' }],
  ])('is not made from a %s that is none', async (_what, overrides) => {
    await expect(network(overrides).ensure(signal)).rejects.toMatchObject({ code: 'NETWORK_CONFIG_INVALID' });
    expect(commands.lines).toEqual([]);
  });

  test('is put right when the address of the node went away', async () => {
    const watched = network({ nodeIP: '198.51.100.77' });
    await watched.start(signal);
    await clock.advance(5_000);
    await eventually(() => commands.lines).toContain('ip addr replace 198.51.100.77/32 dev vg-test');
    await watched.stop();
  });
});
