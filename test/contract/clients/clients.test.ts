import { afterAll, beforeAll, describe } from 'vitest';
import { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { describeClientGo } from './client-go.ts';
import { describeGoldenBytes } from './golden-bytes.ts';
import { describeKubeStateMetrics } from './kube-state-metrics.ts';
import { Kubectl } from './kubectl.ts';
import { measured, measuredObjects, statusOfNode, statusOfPod } from './measured-objects.ts';
import { describeOperator } from './operator.ts';
import { describePrometheusDiscovery } from './prometheus-discovery.ts';
import { describePython } from './python.ts';

// One control plane for all of these clients: they share it, as they do in a cluster.
let plane: ControlPlaneProcess;

beforeAll(async () => {
  plane = await ControlPlaneProcess.create('sqlite');
  await plane.start();
});

afterAll(() => plane?.remove());

describePython(() => plane);
describeClientGo(() => plane);
describeOperator(() => plane);

describe('over one object of each kind', () => {
  beforeAll(async () => {
    const kubectl = new Kubectl(plane);
    await kubectl.apply(...measuredObjects);
    const patch = ['--subresource=status', '--type=merge', '-p'];
    await kubectl.run(['patch', 'node', 'measured-1', ...patch, JSON.stringify(statusOfNode)]);
    await kubectl.run(['patch', 'pod', 'alone', '-n', measured, ...patch, JSON.stringify(statusOfPod)]);
  });

  describeGoldenBytes(() => plane);
  describeKubeStateMetrics(() => plane);
  describePrometheusDiscovery(() => plane);
});
