import { request, Agent } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HttpKubeClient } from '../../../lib/kube/http-client.ts';
import { SystemClock } from '../../../lib/clock.ts';
import { configMaps } from '../../../lib/kube/resources.ts';
import type { ConfigMap, WatchEvent } from '../../../lib/kube/types.ts';
import { linesOf } from '../../../lib/kube/json-lines.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

let server: ControlPlaneProcess;
let client: HttpKubeClient;
beforeAll(async () => {
  server = await ControlPlaneProcess.create('memory');
  await server.start();
  const identity = await server.identity('admin');
  client = new HttpKubeClient({
    server: server.url,
    ca: server.ca.cert,
    cert: identity.cert,
    key: identity.key,
    clock: new SystemClock(),
  });
});
afterAll(async () => {
  client.close();
  await server.remove();
});

const OBJECTS = 60;
const OBJECT_BYTES = 400_000;

test('a watcher that does not read is closed, has every event up to there, and continues from it without a gap', async () => {
  const from = (await client.list(configMaps)).metadata.resourceVersion;
  const slow = await openWatch(from);
  for (let index = 0; index < OBJECTS; index++) {
    await client.create(configMaps, {
      metadata: { namespace: 'default', name: `m${index}` },
      data: { a: 'x'.repeat(OBJECT_BYTES) },
    });
  }
  const first = await namesIn(slow);
  // 24 MB are more than may wait and fit into the buffers of two sockets.
  expect(first.names.length).toBeLessThan(OBJECTS);
  expect(first.names).toEqual(Array.from({ length: first.names.length }, (_, index) => `m${index}`));
  const second = await namesIn(await openWatch(first.revision), OBJECTS - first.names.length);
  expect([...first.names, ...second.names]).toEqual(Array.from({ length: OBJECTS }, (_, index) => `m${index}`));
});

test('a watcher gets all there is, however much that is', async () => {
  const { names } = await namesIn(await openWatch(''), OBJECTS);
  expect(names).toHaveLength(OBJECTS);
});

async function openWatch(resourceVersion: string): Promise<IncomingMessage> {
  const identity = await server.identity('admin');
  return new Promise((resolve, reject) => {
    const asking = request(
      {
        host: '127.0.0.1',
        port: server.port,
        path: `/api/v1/namespaces/default/configmaps?watch=true&resourceVersion=${resourceVersion}`,
        ca: server.ca.cert,
        ...identity,
        agent: new Agent(),
      },
      resolve,
    );
    asking.once('error', reject).end();
  });
}

/** Reads events to the end of the stream, or `count` of them. */
async function namesIn(stream: IncomingMessage, count = Infinity): Promise<{ names: string[]; revision: string }> {
  const names: string[] = [];
  let revision = '';
  for await (const line of linesOf(stream)) {
    const { object } = JSON.parse(line.toString('utf8')) as WatchEvent<ConfigMap>;
    const { name = '', resourceVersion = '' } = (object as ConfigMap).metadata ?? {};
    names.push(name);
    revision = resourceVersion;
    if (names.length >= count) break;
  }
  stream.destroy();
  return { names, revision };
}
