import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { VolumeFolders } from '../../../control-plane/controllers/volumes/volume-folders.ts';
import { HttpsAgentClient } from '../../../control-plane/health/agent-client.ts';
import { AgentVolumeFolders } from '../../../control-plane/health/agent-volume-folders.ts';
import { silentLog } from '../../../lib/log.ts';
import { createCa, issueCertificate } from '../../../lib/pki.ts';
import type { Node } from '../../../lib/kube/types.ts';
import { AgentServer } from '../../../node-agent/server.ts';
import { LocalVolumes } from '../../../node-agent/volumes/local-volumes.ts';
import { volumeRoutes } from '../../../node-agent/volumes/volume-routes.ts';
import { MemoryVolumeFolders } from './memory-volume-folders.ts';

/** What makes and removes folders for the control plane: the agents over the wire, and the stand-in that other tests use. */
interface UnderTest {
  readonly folders: VolumeFolders;
  readonly node: Node;
  /** A node whose agent does not answer. */
  readonly silent: Node;
  isThere(volume: string): boolean;
  stop(): Promise<void>;
}

const nodeAt = (name: string, address: string, port: number): Node => ({
  metadata: { name },
  status: {
    addresses: [{ type: 'InternalIP', address }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  },
});

function memory(): Promise<UnderTest> {
  const folders = new MemoryVolumeFolders();
  folders.silent.add('silent');
  return Promise.resolve({
    folders,
    node: nodeAt('node-1', '127.0.0.1', 1),
    silent: nodeAt('silent', '127.0.0.1', 1),
    isThere: (volume) => folders.present.has(`node-1/${volume}`),
    stop: () => Promise.resolve(),
  });
}

async function agent(): Promise<UnderTest> {
  const dir = await mkdtemp(join(tmpdir(), 'vigil-folders-'));
  const nowMs = Date.now();
  const ca = await createCa('test', nowMs);
  const ipAddresses = ['127.0.0.1'];
  const pair = await issueCertificate(ca, { commonName: 'node', ipAddresses, usages: ['server'], nowMs });
  const own = await issueCertificate(ca, { commonName: 'agent-client', usages: ['client'], nowMs });
  const volumes = new LocalVolumes({ dir: join(dir, 'volumes'), podsDir: join(dir, 'pods'), linksDir: 'links' });
  const server = new AgentServer({
    host: '127.0.0.1',
    port: 0,
    ...pair,
    ca: ca.cert,
    routes: volumeRoutes(volumes),
    upgrades: [],
    authenticate: () => Promise.resolve('allowed'),
    log: silentLog,
  });
  await server.start();
  const client = new HttpsAgentClient({ ca: ca.cert, ...own });
  return {
    folders: new AgentVolumeFolders(client),
    node: nodeAt('node-1', '127.0.0.1', server.port),
    // Nothing listens on the port of discarding.
    silent: nodeAt('silent', '127.0.0.1', 9),
    isThere: (volume) => existsSync(join(dir, 'volumes', volume)),
    stop: async () => {
      client.close();
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

describe.each([
  ['agents', agent],
  ['memory', memory],
] as const)('folders by %s', (_name, make) => {
  let subject: UnderTest;
  const signal = new AbortController().signal;

  beforeEach(async () => {
    subject = await make();
  });

  afterEach(() => subject.stop());

  test('are made once, however often they are asked for', async () => {
    const { folders, node } = subject;
    const path = await folders.make(node, 'pvc-1', signal);
    expect(path.startsWith('/') && path.endsWith('pvc-1')).toBe(true);
    expect(await folders.make(node, 'pvc-1', signal)).toBe(path);
    expect(subject.isThere('pvc-1')).toBe(true);
  });

  test('are removed, also when they are gone already', async () => {
    const { folders, node } = subject;
    await folders.make(node, 'pvc-1', signal);
    await folders.make(node, 'pvc-2', signal);
    for (let times = 0; times < 2; times++) await folders.remove(node, 'pvc-1', signal);
    expect([subject.isThere('pvc-1'), subject.isThere('pvc-2')]).toEqual([false, true]);
  });

  test('of a node whose agent does not answer fail for the time being, and name it', async () => {
    const { folders, silent } = subject;
    for (const attempt of [folders.make(silent, 'v', signal), folders.remove(silent, 'v', signal)]) {
      await expect(attempt).rejects.toMatchObject({ class: 'transient', message: expect.stringContaining('silent') });
    }
  });
});

test('an agent refuses names that lead elsewhere, and says so', async () => {
  const subject = await agent();
  try {
    const { folders, node } = subject;
    await expect(folders.remove(node, '../pods', new AbortController().signal)).rejects.toThrow(
      'expected a DNS-1123 name',
    );
  } finally {
    await subject.stop();
  }
});
