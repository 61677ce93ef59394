import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PodHealth } from '../../../lib/health-api.ts';
import type { Pod, Probe } from '../../../lib/kube/types.ts';
import { eventually } from '../../support/eventually.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** Liveness probes, and what comes of them. The descriptions' seconds are made short: what counts is which attempt leads to what. */
const space = new PodSpace('conformance-probes');

/** A busy machine may take more than a second to start a process in a container: that is not what these tests are about. */
const timing = { periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 1 };
const catHealth: Probe = { exec: { command: ['cat', '/tmp/health'] }, ...timing };
const restarts = ({ status }: Pod) => status?.containerStatuses?.[0]?.restartCount ?? 0;

/** For containers that are to be healthy: until they are, on a busy machine, their liveness is not asked for. */
const startingWith = (probe: Probe): Probe => ({ ...probe, failureThreshold: 60 });

function probedPod(name: string, script: string, livenessProbe: Probe, startupProbe?: Probe): Pod {
  return scriptPod(name, `trap 'exit 0' TERM; ${script}; while :; do usleep 100000; done`, {
    spec: { restartPolicy: 'Always' },
    container: { livenessProbe, ...(startupProbe === undefined ? {} : { startupProbe }) },
  });
}

const GRPC_PORT = 5000;

/** `grpc.health.v1.Health/Check` that always answers `SERVING`. */
const grpcServer = `
  require('node:http2').createServer().on('stream', (stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 1]));
  }).listen(${GRPC_PORT});
  process.on('SIGTERM', () => process.exit(0));`;

function grpcPod(name: string, probedPort: number): Pod {
  return scriptPod(name, '', {
    spec: { restartPolicy: 'Always' },
    container: {
      image: 'vigil/node:dev',
      command: ['node', '-e', grpcServer],
      startupProbe: startingWith({ grpc: { port: GRPC_PORT }, ...timing }),
      livenessProbe: { grpc: { port: probedPort }, ...timing },
    },
  });
}

/** Healthy for a moment after each start, as the published one's handler is for ten seconds. */
const failingLater = 'mkdir /www; echo ok > /www/healthz; httpd -p 8080 -h /www; (usleep 1500000; rm /www/healthz) &';

const MEASURED_RESTARTS = 5;

beforeAll(async () => {
  await space.open();
  await space.createAll([
    probedPod('exec-healthy', 'touch /tmp/health', catHealth, startingWith(catHealth)),
    probedPod('exec-failing', 'touch /tmp/health; (usleep 1500000; rm /tmp/health) &', catHealth),
    grpcPod('grpc-healthy', GRPC_PORT),
    grpcPod('grpc-failing', GRPC_PORT + 333),
    probedPod('counted', failingLater.replace(/;$/, ''), {
      httpGet: { path: '/healthz', port: 8080 },
      ...timing,
      initialDelaySeconds: 1,
    }),
  ]);
});
afterAll(() => space.close());

const ATTEMPTS = 8;

/** So many attempts of the probe have succeeded, none has failed, and nothing was restarted. */
async function expectLeftAlone(pod: string): Promise<void> {
  const path = `/apis/health.vigil.dev/v1/namespaces/${space.namespace}/pods/${pod}`;
  const records = await eventually(`${pod} was probed ${ATTEMPTS} times`, async () => {
    const health = (await space.cluster.json('GET', path)) as PodHealth;
    const probe = health.containers[0]?.probes.find((one) => one.probe === 'liveness');
    return (probe?.records.length ?? 0) >= ATTEMPTS && probe?.records;
  });
  expect(new Set(records.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
  expect(restarts(await space.until(pod, 'is there', () => true))).toBe(0);
}

const expectRestarted = (pod: string) => space.until(pod, 'is restarted', (seen) => restarts(seen) > 0);

describe.concurrent('a liveness probe', () => {
  test('[sig-node] Probing container should *not* be restarted with a exec "cat /tmp/health" liveness probe [NodeConformance]', () =>
    expectLeftAlone('exec-healthy'));

  test('[sig-node] Probing container should *not* be restarted with a GRPC liveness probe [NodeConformance]', () =>
    expectLeftAlone('grpc-healthy'));

  test('[sig-node] Probing container should be restarted with a exec "cat /tmp/health" liveness probe [NodeConformance]', async () => {
    await expectRestarted('exec-failing');
  });

  test('[sig-node] Probing container should be restarted with a GRPC liveness probe [NodeConformance]', async () => {
    await expectRestarted('grpc-failing');
  });

  test('[sig-node] Probing container should have monotonically increasing restart count [NodeConformance]', async () => {
    for (let count = 1; count <= MEASURED_RESTARTS; count++) {
      const seen = await space.until('counted', `is restarted for time ${count}`, (pod) => restarts(pod) >= count);
      expect(restarts(seen)).toBe(count);
    }
  });
});
