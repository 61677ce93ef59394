import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ControlPlaneProcess } from '../contract/apiserver/control-plane-process.ts';
import type { ServerAddress } from './api/client-protocol.ts';
import { Connection, requestBytes } from './api/connection.ts';
import { podBody } from './api/sample-objects.ts';
import { summary } from './statistics.ts';

/*
 * What an agent waits for its lease and its node while a service account floods the API with lists, with priority and fairness and with the flood exempt from it:
 * then all that is between them is the order in which their requests arrive.
 */

const CONNECTIONS = 1000;
const LISTED = 1000;
const SECONDS = 10;
/** Before a measurement, for the flood to be at its height. */
const SETTLE_MS = 2_000;
const PODS = '/api/v1/namespaces/default/pods';
const FLOOD = 'system:serviceaccount:shop:noisy';
const AGENT = 'system:node:n1';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

export async function run(): Promise<void> {
  const server = await ControlPlaneProcess.create('sqlite');
  try {
    await server.start();
    const addressOf = async (user: string, ...groups: readonly string[]): Promise<ServerAddress> => {
      await server.writeKubeconfig(user, groups);
      return { port: server.port, ca: server.ca.cert, ...(await server.identity(user)) };
    };
    const admin = await Connection.open(await addressOf('admin', 'system:masters'));
    const agent = await Connection.open(await addressOf(AGENT, 'system:nodes'));
    const noisy = await addressOf(FLOOD, 'system:serviceaccounts');
    await mayList(admin);
    for (let index = 0; index < LISTED; index++)
      await admin.send(requestBytes('POST', PODS, podBody(`pod-${index}`, index)));
    await agent.send(requestBytes('POST', '/api/v1/nodes', JSON.stringify({ metadata: { name: 'n1' } })));
    const lease = { metadata: { name: 'n1', namespace: 'kube-node-lease' } };
    await agent.send(requestBytes('POST', LEASES, JSON.stringify(lease)));

    console.log(`alone                  ${summary(await agentWaits(agent))}`);
    await flooded(noisy, async () => console.log(`flood, with fairness   ${summary(await agentWaits(agent))}`));
    await exempt(admin);
    await flooded(noisy, async () => console.log(`flood, without it      ${summary(await agentWaits(agent))}`));
    for (const connection of [admin, agent]) connection.close();
  } finally {
    await server.remove();
  }
}

async function mayList(admin: Connection): Promise<void> {
  const binding = {
    metadata: { name: 'noisy' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'User', name: FLOOD }],
  };
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  await admin.send(requestBytes('POST', path, JSON.stringify(binding)));
}

/** From now on the flood is let through like an administrator's requests. */
async function exempt(admin: Connection): Promise<void> {
  const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };
  const schema = {
    metadata: { name: 'noisy' },
    spec: {
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 5,
      rules: [{ subjects: [{ kind: 'User', user: { name: FLOOD } }], resourceRules: [everything] }],
    },
  };
  const path = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
  const { status } = await admin.send(requestBytes('POST', path, JSON.stringify(schema)));
  if (status !== 201) throw new Error(`the flow schema was answered with ${status}`);
}

async function flooded(address: ServerAddress, measure: () => Promise<void>): Promise<void> {
  const program = join(import.meta.dirname, 'flood.ts');
  const flood = spawn(process.execPath, [program, JSON.stringify(address), String(CONNECTIONS), PODS], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(flood.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    await measure();
  } finally {
    const gone = once(flood, 'exit');
    flood.kill('SIGKILL');
    await gone;
  }
}

/** How long the agent waits for each of its requests. */
async function agentWaits(agent: Connection): Promise<readonly number[]> {
  const renewal = JSON.stringify({ spec: { holderIdentity: 'n1' } });
  const requests = [
    requestBytes('PATCH', `${LEASES}/n1`, renewal, 'application/merge-patch+json'),
    requestBytes('GET', '/api/v1/nodes/n1'),
  ];
  const waitsMs: number[] = [];
  const endMs = performance.now() + SECONDS * 1000;
  while (performance.now() < endMs) {
    for (const request of requests) {
      const sentMs = performance.now();
      const { status } = await agent.send(request);
      if (status >= 300) throw new Error(`the agent was answered with ${status}`);
      waitsMs.push(performance.now() - sentMs);
    }
  }
  return waitsMs;
}
