import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { widget, widgetCrd } from '../../support/crd-builders.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

let server: ControlPlaneProcess;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vigil-crd-'));
  server = await ControlPlaneProcess.create('sqlite');
  await server.start();
});
afterAll(async () => {
  await server.remove();
  await rm(dir, { recursive: true, force: true });
});

function kubectl(args: readonly string[], stdin = ''): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, KUBECONFIG: server.kubeconfig, HOME: dir };
    const child = execFile('kubectl', [...args], { env, timeout: 60_000 }, (error, out, err) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err }),
    );
    child.stdin?.end(stdin);
  });
}

async function says(args: string, stdin?: string): Promise<string> {
  const outcome = await kubectl(args.split(' '), stdin);
  expect(outcome, `kubectl ${args}: ${outcome.err}`).toMatchObject({ code: 0 });
  return outcome.out;
}

const definition = widgetCrd(
  {
    type: 'object',
    description: 'What the widget is to be.',
    required: ['size'],
    properties: {
      size: { type: 'integer', minimum: 1, description: 'How large.' },
      mode: { type: 'string', enum: ['fast', 'slow'], default: 'slow' },
    },
    'x-kubernetes-validations': [{ rule: 'self.size < 100', message: 'too large for the shelf' }],
  },
  {
    additionalPrinterColumns: [
      { name: 'Size', type: 'integer', jsonPath: '.spec.size' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    subresources: {
      status: {},
      scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' },
    },
  },
);

test('kubectl defines a kind, uses it with every verb and takes it away', async () => {
  await says('apply -f -', JSON.stringify(definition));
  await says('wait --for condition=established --timeout=10s crd/widgets.shop.example.com');
  expect(await says('get crd')).toContain('widgets.shop.example.com');
  expect(await says('api-resources --api-group=shop.example.com')).toMatch(
    /widgets +wd +shop.example.com\/v1 +true +Widget/,
  );
  expect(await says('explain widget.spec')).toContain('What the widget is to be.');
  expect(await says('explain widget.spec.size')).toContain('How large.');
  expect(await says('explain widget')).toMatch(/apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*What the/s);
  expect(await says('explain widget.metadata')).toMatch(
    /Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>.*CreationTimestamp is a timestamp/s,
  );

  expect(await says('apply -f -', JSON.stringify(widget('one', { size: 3 })))).toContain(
    'widget.shop.example.com/one created',
  );
  expect(await says('apply -f -', JSON.stringify(widget('one', { size: 3 })))).toContain('unchanged');
  expect(
    await says('apply --server-side --force-conflicts -f -', JSON.stringify(widget('one', { size: 4 }))),
  ).toContain('serverside-applied');
  expect(await says('get wd')).toMatch(/^NAME +SIZE +AGE\none +4 +\d+s\n$/);
  expect(await says('get all')).toContain('widget.shop.example.com/one');
  expect(await says('get wd one -o jsonpath={.spec.mode}')).toBe('slow');
  await says('patch wd one --type merge -p {"spec":{"mode":"fast"}}');
  await says('patch wd one --type json -p [{"op":"replace","path":"/spec/size","value":5}]');
  await says('patch wd one --subresource status --type merge -p {"status":{"phase":"Ready"}}');
  await says('wait wd/one --for jsonpath={.status.phase}=Ready --timeout=5s');
  await says('scale wd/one --replicas 7');
  await says('label wd one tier=front');
  await says('annotate wd one note=yes');
  expect(await says('describe wd one')).toMatch(/Size: +7/);
  expect(await says('get wd -l tier=front -o name')).toBe('widget.shop.example.com/one\n');

  const wrong = await kubectl(['apply', '-f', '-'], JSON.stringify(widget('two', { size: 0 })));
  expect(wrong.err).toContain('spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1');
  const rule = await kubectl(['apply', '-f', '-'], JSON.stringify(widget('two', { size: 100 })));
  expect(rule.err).toContain('too large for the shelf');
  const unknown = await kubectl(['apply', '-f', '-'], JSON.stringify(widget('two', { size: 1, colour: 'red' })));
  expect(unknown.err).toContain('unknown field "spec.colour"');

  await server.kill();
  await server.start();
  expect(await says('get wd one -o jsonpath={.spec.size}')).toBe('7');

  await says('delete crd widgets.shop.example.com --timeout=20s');
  expect((await kubectl(['get', 'wd'])).err).toContain('the server could not find the requested resource');
});
