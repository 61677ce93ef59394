import { afterAll, beforeAll } from 'vitest';
import { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { describeClientGo } from './client-go.ts';
import { describeOperator } from './operator.ts';
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
