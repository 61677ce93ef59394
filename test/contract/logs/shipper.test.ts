import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SystemClock } from '../../../lib/clock.ts';
import type { Compression } from '../../../lib/config/log-shipper.ts';
import { fieldOf } from '../../../lib/log-record.ts';
import { silentLog } from '../../../lib/log.ts';
import { probeDocument } from '../../../lib/signals/record-document.ts';
import { RecordSpool } from '../../../lib/signals/record-spool.ts';
import type { ShipperCounters } from '../../../log-shipper/figures.ts';
import { Shipper } from '../../../log-shipper/shipper.ts';
import { createSink } from '../../../log-shipper/sinks/create-sink.ts';
import { eventually } from '../../support/eventually.ts';
import {
  containerId,
  dockerEntry,
  DockerLogFiles,
  logSource,
  writeSource,
} from '../../support/logs/docker-log-files.ts';
import { stores, type RunningStore } from './stores.ts';

const clock = new SystemClock();
const startNs = 1_795_000_000_000_000_001n;

describe.each(Object.entries(stores))('the shipper into %s', (kind, start) => {
  let store: RunningStore;
  let root: string;
  beforeAll(async () => {
    store = await start();
    root = mkdtempSync(join(tmpdir(), 'vigil-ship-'));
  });
  afterAll(async () => {
    await store?.stop();
    if (root) rmSync(root, { recursive: true, force: true });
  });

  function shipper(name: string, compression: Compression = 'none'): Shipper {
    const output = {
      name: 'store',
      kind: kind === 'opensearch' ? 'opensearch' : 'elasticsearch',
      url: store.url,
      compression,
    } as const;
    const dir = (part: string) => join(root, name, part);
    for (const part of ['sources', 'records', 'state']) mkdirSync(dir(part), { recursive: true });
    const config = {
      clusterName: 'demo',
      sourcesDirs: [dir('sources')],
      recordsDirs: [dir('records')],
      stateDir: dir('state'),
    };
    return new Shipper({
      config,
      outputs: [
        {
          name: 'store',
          required: true,
          sink: createSink(output, {
            clusterName: 'demo',
            clock,
            log: silentLog,
            random: () => 0.5,
            outputEnded: () => undefined,
          }),
        },
      ],
      clock,
      log: silentLog,
    });
  }

  async function search(
    stream: string,
    query: unknown,
    extra: object = {},
  ): Promise<{ total: number; sources: Record<string, unknown>[]; ids: string[] }> {
    await fetch(`${store.url}/${stream}/_refresh`, { method: 'POST' });
    const response = await fetch(`${store.url}/${stream}/_search`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ size: 1_000, query, track_total_hits: true, ...extra }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    const body = (await response.json()) as {
      hits: { total: { value: number }; hits: { _id: string; _source: Record<string, unknown> }[] };
    };
    return {
      total: body.hits.total.value,
      sources: body.hits.hits.map((hit) => hit._source),
      ids: body.hits.hits.map((hit) => hit._id),
    };
  }

  /** Of the only output. */
  function countersOf(running: Shipper): ShipperCounters {
    const [output] = running.figures().outputs;
    if (!output) throw new Error('the shipper has no output');
    return output.counters;
  }

  const bySequence = { sort: [{ '@timestamp': 'asc' }] };

  test('lines arrive once, in order, with metadata, through rotation and a restart', async () => {
    const id = containerId(1);
    const files = new DockerLogFiles(join(root, 'a/containers'), id);
    let n = 0;
    const write = (count: number) => {
      for (let end = n + count; n < end; n++) files.append(dockerEntry(`line ${n} level=error\n`, startNs + BigInt(n)));
    };
    write(50);
    const first = shipper('a');
    writeSource(join(root, 'a/sources'), logSource(id, files.path));
    await first.start();
    await eventually('the first lines are shipped', () => first.idle && countersOf(first).acknowledged >= 50);
    await first.stop(AbortSignal.timeout(5_000));
    write(50);
    files.rotate();
    write(50);
    // Without its checkpoint the shipper sends everything again: stored once all the same.
    rmSync(join(root, 'a/state/outputs/store/checkpoints.json'));
    const second = shipper('a');
    await second.start();
    await eventually('everything is shipped', () => second.idle && countersOf(second).acknowledged >= 150);
    expect(countersOf(second).duplicates).toBe(50);
    writeSource(join(root, 'a/sources'), logSource(id, files.path, { endedAt: '2026-11-29T08:00:00Z' }));
    await eventually('the end is marked', () => existsSync(join(root, `a/sources/${id}.done`)));
    await second.stop(AbortSignal.timeout(5_000));
    const found = await search('logs-vigil.containers-default', { term: { 'container.id': id } }, bySequence);
    expect(found.total).toBe(150);
    expect(found.sources.map((source) => source['message'])).toEqual(
      Array.from({ length: 150 }, (_, k) => `line ${k} level=error`),
    );
    const [source] = found.sources;
    expect(source && fieldOf(source, 'log.level')).toBe('error');
    const query = {
      query_string: {
        query:
          'message:line AND kubernetes.labels.app\\.kubernetes\\.io\\/name:hello AND kubernetes.deployment.name:hello',
        default_field: 'message',
      },
    };
    expect((await search('logs-vigil.containers-default', query)).total).toBe(150);
  });

  test.each(['gzip', 'zstd'] as const)(
    'with %s, or what the server knows instead, lines arrive once',
    async (compression) => {
      const one = shipper(compression, compression);
      const files = new DockerLogFiles(
        join(root, compression, 'containers'),
        containerId(compression === 'gzip' ? 20 : 21),
      );
      for (let n = 0; n < 3_000; n++) files.append(dockerEntry(`${compression} ${n}\n`, startNs + BigInt(n)));
      const source = logSource(files.containerId, files.path, { pod: compression });
      writeSource(join(root, compression, 'sources'), source);
      await one.start();
      await eventually('all lines are stored', () => one.idle && countersOf(one).acknowledged >= 3_000);
      await one.stop(AbortSignal.timeout(5_000));
      expect(countersOf(one)).toMatchObject({ refused: 0, retried: 0 });
      const found = await search('logs-vigil.containers-default', { term: { 'kubernetes.pod.name': compression } });
      expect(found.total).toBe(3_000);
    },
  );

  test('labels that would be a mapping conflict elsewhere are no conflict', async () => {
    const dir = join(root, 'labels');
    const one = shipper('labels');
    const labelled = [{ app: 'x' }, { 'app.kubernetes.io/name': 'y' }, { app: '1' }] as const;
    labelled.forEach((labels, k) => {
      const files = new DockerLogFiles(join(dir, 'containers'), containerId(10 + k));
      files.append(dockerEntry(`labelled ${k}\n`, startNs));
      writeSource(join(dir, 'sources'), logSource(files.containerId, files.path, { pod: 'labelled', labels }));
    });
    await one.start();
    await eventually('all three are stored', () => one.idle && countersOf(one).acknowledged === 3);
    await one.stop(AbortSignal.timeout(5_000));
    expect(countersOf(one).refused).toBe(0);
    expect((await search('logs-vigil.containers-default', { term: { 'kubernetes.pod.name': 'labelled' } })).total).toBe(
      3,
    );
    expect((await search('logs-vigil.containers-default', { term: { 'kubernetes.labels.app': '1' } })).total).toBe(1);
  });

  test('records go to the data stream of their kind, and their files go away when they are closed', async () => {
    const one = shipper('records');
    const dir = join(root, 'records/records');
    const spool = new RecordSpool({ dir, clock });
    await spool.start();
    const subject = {
      namespace: 'shop',
      pod: 'p',
      podUid: 'u',
      container: 'c',
      node: 'n',
      workload: { kind: 'Deployment', name: 'w' },
      restartCount: 0,
    };
    for (let n = 0; n < 20; n++) {
      spool.append(
        'probes',
        probeDocument(
          {
            ...subject,
            type: 'probe',
            time: new Date(1_795_000_000_000 + n).toISOString(),
            probe: 'liveness',
            check: 'GET :81/',
            outcome: 'failure',
            run: n,
            threshold: 3,
            action: 'none',
            latencyMs: 1.5,
            output: 'connection refused',
            periodMs: 1_000,
          },
          'demo',
        ),
      );
    }
    await one.start();
    await eventually('the records are stored', () => countersOf(one).acknowledged === 20);
    await spool.stop();
    await eventually('the files are gone', () => readdirSync(dir).length === 0);
    await one.stop(AbortSignal.timeout(5_000));
    const found = await search('logs-vigil.probes-default', {
      query_string: { query: 'vigil.probe.output:refused AND event.outcome:failure' },
    });
    expect(found.total).toBe(20);
  });

  test('a document that the store refuses lands in the dead-letter stream with the reason, and the rest passes', async () => {
    const dir = join(root, 'poison/records');
    mkdirSync(dir, { recursive: true });
    const good = { '@timestamp': '2026-11-29T08:00:00.000Z', message: 'good', 'log.offset': 1 };
    const poison = { '@timestamp': '2026-11-29T08:00:00.000Z', message: 'poison', log: { offset: 'not a number' } };
    writeFileSync(
      join(dir, 'events-1-a0.ndjson'),
      [good, poison, good].map((document) => `${JSON.stringify(document)}\n`).join(''),
    );
    // The same file comes again, as after a crash between storing and removing: nothing is stored twice.
    const content = readFileSync(join(dir, 'events-1-a0.ndjson'));
    for (let run = 0; run < 2; run++) {
      writeFileSync(join(dir, 'events-1-a0.ndjson'), content);
      const one = shipper('poison');
      await one.start();
      await eventually('the poison was refused', () => countersOf(one).refused === 1 && one.idle);
      await eventually('the file is gone', () => readdirSync(dir).length === 0);
      await one.stop(AbortSignal.timeout(5_000));
    }
    expect((await search('logs-vigil.events-default', { term: { message: 'good' } })).total).toBe(2);
    const letters = await search('logs-vigil.deadletters-default', { match_all: {} });
    expect(letters.total).toBe(1);
    const [letter] = letters.sources;
    expect(letter && fieldOf(letter, 'error.message')).toContain('log.offset');
    expect(letter && fieldOf(letter, 'event.original')).toBe(JSON.stringify(poison));
  });
});
