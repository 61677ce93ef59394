import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import type { Compression } from '../../../lib/config/log-shipper.ts';
import { silentLog } from '../../../lib/log.ts';
import { probeDocument } from '../../../lib/signals/record-document.ts';
import { Shipper } from '../../../log-shipper/shipper.ts';
import { createSink } from '../../../log-shipper/sinks/create-sink.ts';
import { BUILD_TIMEOUT_MS, startOtelCollector, type OtelCollector } from '../../servers/otel-collector.ts';
import { eventually } from '../../support/eventually.ts';
import { freePort } from '../../servers/search-server.ts';
import {
  containerId,
  dockerEntry,
  DockerLogFiles,
  logSource,
  writeSource,
} from '../../support/logs/docker-log-files.ts';
import { shipperFolders } from '../../support/logs/shipper-folders.ts';

interface AttributeJson {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string; readonly doubleValue?: number };
}
interface RecordJson {
  readonly timeUnixNano: string;
  readonly severityText?: string;
  readonly severityNumber?: number;
  readonly body: { readonly stringValue: string };
  readonly attributes: readonly AttributeJson[];
}
interface LogsJson {
  readonly resourceLogs: readonly {
    readonly resource: { readonly attributes: readonly AttributeJson[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly RecordJson[] }[];
  }[];
}

const clock = new SystemClock();
const startNs = 1_795_000_000_000_000_001n;

let root: string;
let collector: OtelCollector;
let url: string;
let receiver: Server;
/** What the Collector has passed on. */
let received: { readonly resource: Record<string, unknown>; readonly record: RecordJson }[] = [];
/** Statuses that the receiver behind the Collector answers before it takes anything. */
let refusals: number[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'vigil-otlp-'));
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const refusal = refusals.shift();
      if (refusal !== undefined) {
        response.writeHead(refusal, { 'retry-after': '0' }).end();
        return;
      }
      const logs = JSON.parse(Buffer.concat(chunks).toString()) as LogsJson;
      for (const { resource, scopeLogs } of logs.resourceLogs) {
        const records = scopeLogs.flatMap((scope) => scope.logRecords);
        received.push(...records.map((record) => ({ resource: valuesOf(resource.attributes), record })));
      }
      response.setHeader('content-type', 'application/json');
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  collector = await startOtelCollector({
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: {
      otlphttp: {
        logs_endpoint: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/v1/logs`,
        encoding: 'json',
        compression: 'none',
        sending_queue: { enabled: false },
        retry_on_failure: { enabled: false },
      },
    },
    service: { pipelines: { logs: { receivers: ['otlp'], exporters: ['otlphttp'] } } },
  });
}, BUILD_TIMEOUT_MS);
afterAll(async () => {
  await collector?.stop();
  receiver?.closeAllConnections();
  receiver?.close();
  if (root) rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  received = [];
  refusals = [];
});

function valuesOf(attributes: readonly AttributeJson[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? (value.intValue === undefined ? value.doubleValue : Number(value.intValue)),
    ]),
  );
}

function shipperTo(name: string, compression: Compression = 'none'): Shipper {
  const output = { name: 'collector', kind: 'otlp', url, compression } as const;
  const deps = { clusterName: 'demo', clock, log: silentLog, random: () => 0.5, outputEnded: () => undefined };
  return new Shipper({
    config: shipperFolders(join(root, name)),
    outputs: [{ name: 'collector', required: true, sink: createSink(output, deps) }],
    clock,
    log: silentLog,
  });
}

test('a line arrives at a real Collector with its time, severity, text and resource', async () => {
  const files = new DockerLogFiles(join(root, 'line/containers'), containerId(1));
  files.append(dockerEntry('pool: "refused"\tüber\\n level=error\n', startNs, 'stderr'));
  const shipper = shipperTo('line');
  writeSource(join(root, 'line/sources'), logSource(containerId(1), files.path));
  await shipper.start();
  const [found] = await eventually('the line arrives', () => received.length === 1 && received);
  await shipper.stop(AbortSignal.timeout(5_000));
  expect(found?.resource).toMatchObject({
    'service.name': 'hello',
    'k8s.namespace.name': 'shop',
    'k8s.deployment.name': 'hello',
    'k8s.cluster.name': 'demo',
    'k8s.container.restart_count': 0,
    'k8s.pod.label.app.kubernetes.io/name': 'hello',
    'container.id': containerId(1),
    'data_stream.dataset': 'vigil.containers',
    'log.file.path': files.path,
  });
  expect(found?.record).toMatchObject({
    timeUnixNano: String(startNs),
    severityText: 'error',
    severityNumber: 17,
    body: { stringValue: 'pool: "refused"\tüber\\n level=error' },
  });
  expect(valuesOf(found?.record.attributes ?? [])).toMatchObject({
    'log.iostream': 'stderr',
    'log.file.record_offset': 0,
    'log.record.uid': expect.stringMatching(/^[0-9a-f]{16}-[0-9a-z]+-0$/) as string,
  });
});

test.each(['none', 'gzip', 'zstd'] as const)(
  'with %s, every line arrives once while the receiver answers 429 and 503',
  async (compression) => {
    const name = `many-${compression}`;
    const files = new DockerLogFiles(join(root, name, 'containers'), containerId(2));
    for (let n = 0; n < 5_000; n++) files.append(dockerEntry(`line ${n}\n`, startNs + BigInt(n)));
    refusals = [429, 503, 503];
    const shipper = shipperTo(name, compression);
    writeSource(join(root, name, 'sources'), logSource(containerId(2), files.path));
    await shipper.start();
    await eventually('all lines arrive', () => received.length >= 5_000 && shipper.idle);
    await shipper.stop(AbortSignal.timeout(5_000));
    const byTime = received.map(({ record }) => record).sort((a, b) => (a.timeUnixNano < b.timeUnixNano ? -1 : 1));
    expect(byTime.map((record) => record.body.stringValue)).toEqual(
      Array.from({ length: 5_000 }, (_, n) => `line ${n}`),
    );
    expect(shipper.figures().outputs[0]?.counters.retried).toBeGreaterThan(0);
  },
);

test('a record arrives with its own fields as attributes', async () => {
  const shipper = shipperTo('records');
  const probe = probeDocument(
    {
      type: 'probe',
      time: '2026-11-29T08:00:00.000Z',
      namespace: 'shop',
      pod: 'p',
      podUid: 'u',
      container: 'c',
      node: 'n',
      workload: { kind: 'StatefulSet', name: 'db' },
      restartCount: 2,
      probe: 'liveness',
      check: 'GET :81/',
      outcome: 'failure',
      run: 1,
      threshold: 3,
      action: 'none',
      latencyMs: 1.5,
      output: 'connection refused',
      periodMs: 1_000,
    },
    'demo',
  );
  writeFileSync(join(root, 'records/records/probes-1-a0.ndjson'), `${JSON.stringify(probe)}\n`);
  await shipper.start();
  const [found] = await eventually('the record arrives', () => received.length === 1 && received);
  await eventually('its file goes', () => shipper.idle);
  await shipper.stop(AbortSignal.timeout(5_000));
  expect(found?.resource).toMatchObject({ 'k8s.statefulset.name': 'db', 'data_stream.dataset': 'vigil.probes' });
  expect(valuesOf(found?.record.attributes ?? [])).toMatchObject({
    'event.outcome': 'failure',
    'vigil.probe.output': 'connection refused',
    'vigil.probe.latency_ms': 1.5,
  });
  const status = JSON.parse(readFileSync(join(root, 'records/state/status.json'), 'utf8')) as object;
  expect(status).toMatchObject({ lastError: null, perOutput: { collector: { up: true, acknowledged: 1 } } });
});
