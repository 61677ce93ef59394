import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { widgetCrd } from '../../support/crd-builders.ts';
import { eventually } from '../../support/eventually.ts';
import { runProgram } from '../../support/run-program.ts';
import { TlsWebhook, type Asked } from '../../support/tls-webhook.ts';
import { ControlPlaneProcess } from './control-plane-process.ts';

let server: ControlPlaneProcess;
let hook: TlsWebhook;

type Converted = { apiVersion: string; spec: Record<string, string> };

beforeAll(async () => {
  hook = await TlsWebhook.start();
  server = await ControlPlaneProcess.create('sqlite');
  await server.start();
});
afterAll(async () => {
  hook.stop();
  await server.remove();
});

async function says(args: string, input = ''): Promise<string> {
  const outcome = await runProgram('kubectl', args.split(' '), { env: { KUBECONFIG: server.kubeconfig }, input });
  expect(outcome, `kubectl ${args}: ${outcome.stderr}`).toMatchObject({ code: 0 });
  return outcome.stdout;
}

function splitting({ review: { request } }: Asked): Record<string, unknown> {
  const apiVersion = request['desiredAPIVersion'] as string;
  const convertedObjects = (request['objects'] as Converted[]).map((object) => {
    const { hostPort = '', host = '', port = '' } = object.spec;
    const [h = '', p = ''] = hostPort.split(':');
    return {
      ...object,
      apiVersion,
      spec: apiVersion.endsWith('v1') ? { hostPort: `${host}:${port}` } : { host: h, port: p },
    };
  });
  return { result: { status: 'Success' }, convertedObjects };
}

const versionOf = (name: string, fields: readonly string[]) => ({
  name,
  served: true,
  storage: name === 'v2',
  selectableFields: fields.map((field) => ({ jsonPath: `.spec.${field}` })),
  additionalPrinterColumns: fields.map((field) => ({ name: field, type: 'string', jsonPath: `.spec.${field}` })),
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])) },
      },
    },
  },
});

const widget = (version: string, name: string, spec: object) =>
  JSON.stringify({ apiVersion: `shop.example.com/${version}`, kind: 'Widget', metadata: { name }, spec });

test('kubectl reads, watches, selects and applies versions that a webhook behind a Service converts', async () => {
  hook.says = splitting;
  const service = { ports: [{ name: 'https', port: 443 }] };
  await says(
    'apply -f -',
    JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'hook' }, spec: service }),
  );
  await says(
    'apply -f -',
    JSON.stringify({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'hook-1', labels: { 'kubernetes.io/service-name': 'hook' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: 'https', port: hook.port, protocol: 'TCP' }],
    }),
  );
  const conversion = {
    strategy: 'Webhook',
    webhook: {
      clientConfig: { service: { namespace: 'default', name: 'hook', path: '/crdconvert' }, caBundle: hook.caBundle },
      conversionReviewVersions: ['v1', 'v1beta1'],
    },
  };
  const versions = [versionOf('v1', ['hostPort']), versionOf('v2', ['host', 'port'])];
  await says('apply -f -', JSON.stringify(widgetCrd({ type: 'object' }, {}, { versions, conversion })));
  await says('wait --for condition=established --timeout=10s crd/widgets.shop.example.com');

  await says('create -f -', widget('v1', 'one', { hostPort: 'a:1' }));
  expect(await says('get widgets.v2.shop.example.com one -o jsonpath={.spec}')).toBe('{"host":"a","port":"1"}');
  expect(hook.asked[0]).toMatchObject({ path: '/crdconvert' });
  await says('apply --server-side -f -', widget('v2', 'two', { host: 'b', port: '2' }));
  expect(await says('get widgets.v1.shop.example.com')).toMatch(/^NAME +HOSTPORT\none +a:1\ntwo +b:2\n$/i);
  expect(await says('get widgets.v1.shop.example.com --field-selector spec.hostPort=b:2 -o name')).toBe(
    'widget.shop.example.com/two\n',
  );

  let seen = '';
  const watching = spawn('kubectl', ['get', 'widgets.v1.shop.example.com', '-w', '--no-headers'], {
    env: { ...process.env, KUBECONFIG: server.kubeconfig },
  });
  watching.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
  await eventually('the object that came to match', () => /two +b:2/.test(seen));
  await says('patch widgets.v2.shop.example.com one --type merge -p {"spec":{"port":"9"}}');
  await eventually('the change', () => /one +a:9/.test(seen));
  watching.kill();

  await server.kill();
  await server.start();
  hook.says = () => ({ result: { status: 'Failed', message: 'asleep' } });
  const failed = await runProgram('kubectl', ['get', 'widgets.v1.shop.example.com', 'one'], {
    env: { KUBECONFIG: server.kubeconfig },
  });
  expect(failed.stderr).toContain(
    'Error from server: conversion webhook for shop.example.com/v2, Kind=Widget failed: asleep',
  );
  expect(await says('get widgets.v2.shop.example.com one -o jsonpath={.spec.port}')).toBe('9');
  await says('delete crd widgets.shop.example.com --timeout=20s');
});
