import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { SystemClock } from '../../../lib/clock.ts';
import { silentLog } from '../../../lib/log.ts';
import type { EndpointSlice, Node, Service } from '../../../lib/kube/types.ts';
import { SystemCommands } from '../../../node-agent/network/commands.ts';
import { DnsServer } from '../../../node-agent/dns/dns-server.ts';
import { NodeNetwork } from '../../../node-agent/network/node-network.ts';
import { ServiceProxy } from '../../../node-agent/proxy/service-proxy.ts';
import { DockerEndpoint } from '../../../node-agent/streams/docker-endpoint.ts';
import { dockerHost, ensureImage, output, prefix, removeContainers, startContainer } from './engine.ts';
import { node, service, slice } from './objects.ts';
import { ownNumber } from '../../support/own-number.ts';
import { ObjectStore } from './object-store.ts';

/** Subnets from the ranges kept for documentation and tests of devices, so that they collide with no cluster. */
const second = 16 + (await ownNumber('proxy-subnet', 2));
const podPrefix = `198.${second + 2}`;
const config = {
  clusterName: prefix,
  nodeName: 'n1',
  nodeIP: `${podPrefix}.1.1`,
  network: {
    name: prefix,
    bridge: `vg-t${process.pid.toString(16)}`,
    subnet: `${podPrefix}.0.0/16`,
    gateway: `${podPrefix}.0.1`,
  },
  serviceSubnet: `203.0.113.0/24`,
  nftTable: prefix,
};
const vip = (last: number) => `203.0.113.${last}`;
const pod = (last: number) => `${podPrefix}.1.${last}`;

const services = new ObjectStore<Service>();
const slices = new ObjectStore<EndpointSlice>();
const nodes = new ObjectStore<Node>();
/** Tells when rules have been written. */
class ToldCommands extends SystemCommands {
  #told: (() => void) | undefined;

  /** Resolves when the kernel has taken the next rules. */
  written(): Promise<void> {
    return new Promise((resolve) => (this.#told = resolve));
  }

  override async run(...[command, args, options]: Parameters<SystemCommands['run']>): Promise<string> {
    const output = await super.run(command, args, options);
    if (command === 'nft' && args[0] === '-f') this.#told?.();
    return output;
  }
}
const commands = new ToldCommands();
const clock = new SystemClock();
const network = new NodeNetwork({ config, docker: new DockerEndpoint(dockerHost), commands, clock, log: silentLog });
const proxy = new ServiceProxy({ config, services, slices, nodes, commands, clock, log: silentLog });
const dns = new DnsServer({
  config: { ...config, clusterDomain: 'cluster.local' },
  services,
  slices,
  clock,
  log: silentLog,
  random: Math.random,
});
const never = new AbortController().signal;

/** What a client container gets from a URL, or why it gets nothing. */
async function fetchFrom(container: string, url: string): Promise<string> {
  try {
    return (await output('docker', 'exec', `${prefix}-${container}`, 'wget', '-q', '-O', '-', url)).trim();
  } catch (error) {
    return (error as { stderr: string }).stderr.trim();
  }
}

async function fetchFromHost(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000), headers: { Connection: 'close' } });
  return (await response.text()).trim();
}

async function startPod(last: number): Promise<void> {
  const script = `mkdir -p /tmp/w; echo pod-${last} > /tmp/w/index.html; httpd -f -p 8080 -h /tmp/w`;
  await startContainer(`p${last}`, ['--network', prefix, '--ip', pod(last)], ['/bin/sh', '-c', script]);
  const serves = 'until wget -q -O /dev/null http://127.0.0.1:8080/; do sleep 0.1; done';
  await output('docker', 'exec', `${prefix}-p${last}`, 'sh', '-c', serves);
}

beforeAll(async () => {
  await ensureImage();
  await Promise.all([network.ensure(never), network.ensure(never)]);
  await startPod(2);
  await startPod(3);
  nodes.put(node('n1', config.nodeIP, `${podPrefix}.1.0/24`));
  services.put(service('web', { clusterIP: vip(10) }));
  slices.put(slice('web', [pod(2), pod(3)]));
  await proxy.start(never);
  await dns.start(never);
});

afterAll(async () => {
  await proxy.stop();
  await dns.stop();
  await proxy.removeRules(never).catch(() => undefined);
  await removeContainers();
  await network.removeNodeAddress(never);
  await output('docker', 'network', 'rm', prefix).catch(() => undefined);
  await network.removeForwardRules(never);
});

describe('services on real containers', () => {
  test('pods reach a service, and every endpoint gets its share', async () => {
    const answers = new Set<string>();
    await eventually(() => fetchFrom('p2', `http://${vip(10)}/`)).toMatch(/^pod-/);
    // Which of the two it is, is chance.
    for (let attempt = 0; attempt < 64 && answers.size < 2; attempt++)
      answers.add(await fetchFrom('p2', `http://${vip(10)}/`));
    expect([...answers].sort()).toEqual(['pod-2', 'pod-3']);
  });

  test('the machine itself reaches a service', async () => {
    expect(await fetchFromHost(`http://${vip(10)}/`)).toMatch(/^pod-[23]$/);
  });

  test('a pod reaches itself through its own service', async () => {
    services.put(service('self', { clusterIP: vip(11) }));
    slices.put(slice('self', [pod(2)]));
    await eventually(() => fetchFrom('p2', `http://${vip(11)}/`)).toBe('pod-2');
  });

  test('a NodePort answers on the address of the node, from the machine and from pods', async () => {
    services.put(
      service('np', { clusterIP: vip(12), type: 'NodePort', ports: [{ port: 80, nodePort: 30_123, protocol: 'TCP' }] }),
    );
    slices.put(slice('np', [pod(3)]));
    await eventually(() => fetchFrom('p2', `http://${config.nodeIP}:30123/`)).toBe('pod-3');
    expect(await fetchFrom('p3', `http://${config.nodeIP}:30123/`)).toBe('pod-3');
    expect(await fetchFromHost(`http://${config.nodeIP}:30123/`)).toBe('pod-3');
  });

  test('a service without endpoints refuses at once', async () => {
    services.put(service('empty', { clusterIP: vip(13) }));
    expect(await fetchFrom('p2', `http://${vip(13)}/`)).toContain('refused');
    await expect(fetchFromHost(`http://${vip(13)}/`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  test('rules follow an endpoint as soon as they are written', async () => {
    services.put(service('moving', { clusterIP: vip(14) }));
    slices.put(slice('moving', [pod(2)]));
    await eventually(() => fetchFrom('p3', `http://${vip(14)}/`)).toBe('pod-2');
    const written = commands.written();
    slices.put(slice('moving', [pod(3)]));
    await written;
    expect(await fetchFrom('p2', `http://${vip(14)}/`)).toBe('pod-3');
  });

  test('with session affinity a client stays with its endpoint', async () => {
    services.put(service('sticky', { clusterIP: vip(15), sessionAffinity: 'ClientIP' }));
    slices.put(slice('sticky', [pod(2), pod(3)]));
    await eventually(() => fetchFrom('p2', `http://${vip(15)}/`)).toMatch(/^pod-/);
    const answers = new Set<string>();
    for (let attempt = 0; attempt < 8; attempt++) answers.add(await fetchFrom('p2', `http://${vip(15)}/`));
    expect(answers.size).toBe(1);
  });

  test('pods find a service by name through the DNS of their node', async () => {
    await startContainer(
      'client',
      ['--network', prefix, '--ip', pod(9), '--dns', config.nodeIP, '--dns-search', 'default.svc.cluster.local'],
      ['/bin/sh', '-c', 'while :; do sleep 1; done'],
    );
    await output(
      'docker',
      'exec',
      `${prefix}-client`,
      'sh',
      '-c',
      `echo nameserver ${config.nodeIP} > /etc/resolv.conf`,
    );
    expect(await fetchFrom('client', 'http://web.default.svc.cluster.local/')).toMatch(/^pod-[23]$/);
  });
});
