import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlPlaneProcess } from './control-plane-process.ts';
import { bodies } from './malformed/bodies.ts';
import { get, type Answer, type MalformedRequest } from './malformed/cases.ts';
import { makeObjects } from './malformed/fixture.ts';
import { lists } from './malformed/lists.ts';
import { names } from './malformed/names.ts';
import { patches } from './malformed/patches.ts';
import { sendRaw, type Received, type Server } from './malformed/request.ts';
import { wire } from './malformed/wire.ts';
import { writes } from './malformed/writes.ts';

/** Whatever one request makes the server hold for a moment is below this. */
const MAX_GROWTH_BYTES = 200 * 1024 * 1024;

let plane: ControlPlaneProcess;
let server: Server;
let restingBytes = 0;

beforeAll(async () => {
  plane = await ControlPlaneProcess.create('memory');
  await plane.start();
  server = { port: plane.port, ca: plane.ca.cert, admin: await plane.identity('admin') };
  await makeObjects(server);
  restingBytes = await residentBytes();
});
afterAll(() => plane.remove());

const groups: Readonly<Record<string, readonly MalformedRequest[]>> = {
  'a body': bodies,
  'a name or a path': names,
  'a list or a watch': lists,
  'a write': writes,
  'a patch': patches,
  'the connection': wire,
};

for (const [group, requests] of Object.entries(groups)) {
  describe(`malformed is ${group}:`, () => {
    test.each(requests)('$what', async ({ sent, answer }) => {
      expectAnswer(await sendRaw(server, sent), answer);
      expect(await sendRaw(server, get('/readyz'))).toMatchObject({ status: 200, body: 'ok' });
    });

    test('and the server holds no more memory than before', async () => {
      expect((await residentBytes()) - restingBytes).toBeLessThan(MAX_GROWTH_BYTES);
    });
  });
}

function expectAnswer(received: Received, answer: Answer): void {
  expect(received.status, received.body).toBe(answer.status);
  if ('text' in answer) {
    expect(received.body).toEqual(textOf(answer.text));
    return;
  }
  if ('warnings' in answer) {
    const warnings = [...(received.headers.get('warning') ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)];
    expect(warnings.map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'))).toEqual(answer.warnings);
    return;
  }
  const { status: _, causes, ...said } = answer;
  const body = JSON.parse(received.body) as Record<string, unknown> & { details?: { causes?: readonly object[] } };
  expect(body).toMatchObject({ kind: 'Status', status: 'Failure', code: answer.status });
  expect({ reason: body['reason'], message: body['message'] }).toEqual({ ...said, message: textOf(said.message) });
  expect(body.details?.causes ?? []).toEqual(
    (causes ?? []).map((cause) => ({ ...cause, message: textOf(cause.message) })),
  );
}

function textOf(text: string | RegExp): unknown {
  return typeof text === 'string' ? text : expect.stringMatching(text);
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${plane.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
