import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExtensionRequest } from '../../../control-plane/apiserver/extension.ts';
import { logSearchExtension } from '../../../control-plane/logs/extension.ts';
import { search, streamSearch } from '../../../control-plane/logs/search.ts';
import { LogStoreClient } from '../../../control-plane/logs/store-client.ts';
import { SystemClock } from '../../../lib/clock.ts';
import { FakeKubeClient } from '../../../lib/kube/fake-client.ts';
import { namespaces as namespaceResource } from '../../../lib/kube/resources.ts';
import type { LogHit, LogPage, LogQuery, LogResult } from '../../../lib/log-query.ts';
import { installTemplates } from '../../support/logs/install-templates.ts';
import { stores, type RunningStore } from './stores.ts';

const STREAM = 'logs-vigil.containers-default';
/** Of one question. */
const signalOf = () => AbortSignal.timeout(60_000);
const startMs = Date.UTC(2026, 10, 29, 7, 0, 0);
const clock = new SystemClock();
const levels = ['info', 'warn', 'error', undefined, 'debug'] as const;
const namespaces = ['shop', 'billing', 'secret'] as const;

interface Line {
  readonly n: number;
  readonly time: string;
  readonly message: string;
  readonly level: string | undefined;
  readonly namespace: string;
  readonly pod: string;
  readonly stream: string;
  readonly app: string;
}

/** 900 lines of 9 containers, ten to a second; three lines at a time have the same instant and offset, in three containers. */
const lines: readonly Line[] = Array.from({ length: 900 }, (_, n) => {
  const at = Math.floor(n / 3);
  const level = levels[at % levels.length];
  return {
    n,
    time: new Date(startMs + at * 100).toISOString().replace('Z', '000123Z'),
    message: [
      `GET /api/v1/orders/${n} took ${n}ms`,
      `connection to 10.0.3.${n % 250} refused: timeout after ${n % 7}s`,
      `user.id=${n} Checkout_done trace=${n.toString(16).padStart(32, '0')}`,
      `Can't read file.txt (attempt ${n})`,
    ][at % 4] as string,
    level,
    namespace: namespaces[n % 3] as string,
    pod: `pod-${n % 9}`,
    stream: at % 5 === 0 ? 'stderr' : 'stdout',
    app: n % 2 === 0 ? 'web' : 'api',
  };
});

function documentOf(line: Line): Record<string, unknown> {
  return {
    '@timestamp': line.time,
    message: line.message,
    stream: line.stream,
    log: { offset: Math.floor(line.n / 3) * 100, ...(line.level && { level: line.level }) },
    container: { id: `container-${line.n % 9}` },
    kubernetes: {
      namespace: line.namespace,
      pod: { name: line.pod, uid: `uid-${line.n % 9}` },
      container: { name: 'main' },
      node: { name: `node-${line.n % 2}` },
      labels: { app: line.app, 'app.kubernetes.io/part-of': line.namespace },
    },
    vigil: { restart_count: line.n % 4, workload: { kind: 'Deployment', name: line.app } },
    data_stream: { type: 'logs', dataset: 'vigil.containers', namespace: 'default' },
  };
}

async function fill(store: RunningStore): Promise<void> {
  const send = async (method: string, path: string, body?: string, type = 'application/json') => {
    const response = await fetch(store.url + path, {
      method,
      ...(body && { body }),
      headers: { 'content-type': type },
    });
    const text = await response.text();
    if (!response.ok || text.includes('"errors":true'))
      throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`);
  };
  await installTemplates(store.url);
  const body = lines
    .map(
      (line) => `{"create":{"_id":"c${line.n % 9}-a-${line.n.toString(36)}"}}\n${JSON.stringify(documentOf(line))}\n`,
    )
    .join('');
  await send('POST', `/${STREAM}/_bulk?refresh=true`, body, 'application/x-ndjson');
}

const numberOf = (hit: LogHit) => Number.parseInt(hit.id.split('-')[2] ?? '', 36);
/** With the digits of `Line.time`, so that both compare as text. */
const minute = (n: number) => new Date(startMs + n * 60_000).toISOString().replace('Z', '000000Z');

/** Queries, and which lines they mean in plain words. */
const queries: Readonly<Record<string, readonly [query: LogQuery, means: (line: Line) => boolean]>> = {
  everything: [{}, () => true],
  'a word in any case': [{ query: 'TIMEOUT' }, (line) => line.message.includes('timeout')],
  'two words': [{ query: 'connection timeout' }, (line) => line.message.includes('connection')],
  'AND before OR': [
    { query: 'refused OR took level:error' },
    (line) => line.message.includes('refused') || (line.message.includes('took') && line.level === 'error'),
  ],
  'a phrase': [{ query: '"refused timeout after 3s"' }, (line) => /refused: timeout after 3s/.test(line.message)],
  'a path': [{ query: '/api/v1/orders/12' }, (line) => line.message.includes('/orders/12 ')],
  'an address': [{ query: '10.0.3.17' }, (line) => line.message.includes('10.0.3.17 ')],
  'an apostrophe': [{ query: "can't" }, (line) => line.message.includes("Can't")],
  'a wildcard in a message': [{ query: 'Check*' }, (line) => line.message.includes('Checkout')],
  'a fuzzy word': [{ query: 'tiemout~2' }, (line) => line.message.includes('timeout')],
  aliases: [{ query: 'ns:shop AND pod:pod-3' }, (line) => line.namespace === 'shop' && line.pod === 'pod-3'],
  'a wildcard in a name': [{ query: 'pod:pod-[*' }, () => false],
  'names by wildcard': [{ query: 'pod:p?d-* AND NOT pod:pod-1' }, (line) => line.pod !== 'pod-1'],
  'names by regular expression': [{ query: 'pod:/pod-[0-2]/' }, (line) => /[0-2]$/.test(line.pod)],
  'levels from one up': [{ query: 'level:>=warn' }, (line) => line.level === 'warn' || line.level === 'error'],
  'levels in a group': [{ query: 'level:(info OR debug)' }, (line) => line.level === 'info' || line.level === 'debug'],
  'a level as a filter': [{ level: '>=warn' }, (line) => line.level === 'warn' || line.level === 'error'],
  'no level': [{ query: 'NOT level:*' }, (line) => line.level === undefined],
  'existence, as Lucene has it': [{ query: '_exists_:log.level' }, (line) => line.level !== undefined],
  'a number': [{ query: 'restarts:>=2' }, (line) => line.n % 4 >= 2],
  'a range of numbers': [{ query: 'restarts:{0 TO 3}' }, (line) => line.n % 4 === 1 || line.n % 4 === 2],
  'a label': [{ query: 'label.app:web' }, (line) => line.app === 'web'],
  'a label with dots and a slash': [
    { query: 'label.app.kubernetes.io/part-of:billing' },
    (line) => line.namespace === 'billing',
  ],
  'the beginning of a label': [{ query: 'label.app:w*' }, (line) => line.app === 'web'],
  'a selector': [{ labelSelector: 'app in (web,db),app!=api' }, (line) => line.app === 'web'],
  'a selector of what is there': [{ labelSelector: 'app,!tier' }, () => true],
  'a workload': [{ query: 'workload:deploy/api' }, (line) => line.app === 'api'],
  'a time': [{ query: `time:>="${minute(0.25)}"` }, (line) => line.time >= minute(0.25)],
  'a span': [{ since: minute(0.1), until: minute(0.2) }, (line) => line.time >= minute(0.1) && line.time < minute(0.2)],
  'a stream': [{ stream: 'stderr' }, (line) => line.stream === 'stderr'],
  'a pattern with open ends': [{ grep: ['efus|imeou'] }, (line) => /efus|imeou/.test(line.message)],
  'a pattern in the query': [
    { query: '/took [0-9]{3}ms$/ AND NOT /orders\\/1/' },
    (line) => /took [0-9]{3}ms$/.test(line.message) && !line.message.includes('orders/1'),
  ],
  'a pattern in any case': [{ grep: ['(?i)CHECKOUT_DONE'] }, (line) => line.message.includes('Checkout')],
  'a pattern over punctuation': [{ grep: ["n't read file\\.t"] }, (line) => line.message.includes("Can't")],
  'a long repetition': [{ grep: ['trace=[0-9a-f]{32}$'] }, (line) => line.message.includes('trace=')],
  'patterns of both kinds': [
    { grep: ['took', '5ms'], exclude: ['^GET /api/v1/orders/1'] },
    (line) => /took.*5ms/.test(line.message) && !line.message.includes('/orders/1'),
  ],
};

describe.each(Object.entries(stores))('logs in the store "%s"', (_name, start) => {
  let store: RunningStore;
  let client: LogStoreClient;
  beforeAll(async () => {
    store = await start();
    await fill(store);
    const url = new URL(store.url);
    client = new LogStoreClient(() =>
      Promise.resolve({ protocol: 'http', host: url.hostname, port: Number(url.port), basePath: '' }),
    );
  });
  afterAll(async () => {
    client?.close();
    await store?.stop();
  });

  const find = (query: LogQuery, readable?: readonly string[]) =>
    search(client, query, { namespaces: readable, signal: signalOf() }, clock);
  async function pages(query: LogQuery): Promise<LogPage[]> {
    const found: LogPage[] = [];
    for await (const page of await streamSearch(client, query, { namespaces: undefined, signal: signalOf() }, clock))
      found.push(page);
    return found;
  }

  test.each(Object.entries(queries))('%s', async (_title, [query, means]) => {
    const expected = lines.filter(means).map((line) => line.n);
    const result = await find({ ...query, size: 1000, order: 'oldest' });
    expect(result.hits.map(numberOf).sort((a, b) => a - b)).toEqual(expected);
    expect(result.total).toEqual({ value: expected.length, exact: true });
    const times = result.hits.map((hit) => hit.time);
    expect(times).toEqual(times.toSorted());
  });

  test('pages end to end give every line once, whatever their size, also where instants are equal', async () => {
    for (const size of [1, 8, 100, 899, 900]) {
      const seen: number[] = [];
      let after: string | undefined;
      // A page of one line cannot hold three that are equal; it is the only size that may not be whole.
      for (let page = 0; page < 1000; page++) {
        const result = await find({ size, after, query: size === 1 ? 'pod:pod-0' : '' });
        seen.push(...result.hits.map(numberOf));
        after = result.next;
        if (after === undefined) break;
      }
      const expected = lines.filter((line) => size > 1 || line.pod === 'pod-0').length;
      expect({ size, seen: seen.length, distinct: new Set(seen).size }).toEqual({
        size,
        seen: expected,
        distinct: expected,
      });
    }
  });

  test('a stream of pages gives the same, and goes on behind any of them', async () => {
    const found = await pages({ order: 'oldest', grep: ['took|refused'] });
    const expected = lines.filter((line) => /took|refused/.test(line.message)).map((line) => line.n);
    expect(found.flatMap((page) => page.hits.map(numberOf)).sort((a, b) => a - b)).toEqual(expected);
    expect(found.at(-1)?.next).toBeUndefined();
    const [head] = await pages({ order: 'oldest', size: 10 });
    const second = await find({ size: 10, after: (await find({ size: 10 })).next, top: [{ field: 'ns' }] });
    expect({ total: second.total, other: second.top?.[0]?.values.map((value) => value.count) }).toEqual({
      total: { value: 900, exact: true },
      other: [300, 300, 300],
    });
    const rest = await pages({ order: 'oldest', after: head?.next });
    expect((head?.hits.length ?? 0) + rest.flatMap((page) => page.hits).length).toBe(900);
  });

  test('lines around a hit, from its container only', async () => {
    const [target] = lines.filter((line) => line.message.includes('orders/450 '));
    const result = await find({ query: '/api/v1/orders/450', context: 2, order: 'oldest' });
    const around = lines
      .filter((line) => line.pod === target?.pod && Math.abs(line.n - 450) <= 18)
      .map((line) => line.n);
    expect(result.hits.map((hit) => [numberOf(hit), hit.isContext === true])).toEqual(
      around.map((n) => [n, n !== 450]),
    );
  });

  test('counts over time, of values and of groups are the same from the store and behind a pattern', async () => {
    const counts = {
      histogramInterval: '10s',
      top: [{ field: 'level' }, { field: 'pod', size: 2 }, { field: 'label.app' }],
      groupBy: ['ns', 'level'],
      size: 0,
    };
    const byStore = await find({ query: 'refused', ...counts });
    const byPattern = await find({ grep: ['refused'], ...counts });
    const refused = lines.filter((line) => line.message.includes('refused'));
    const figures = ({ histogram, top, groups, total }: LogResult) => ({
      histogram,
      top: top?.map(({ field, values, other }) => ({ field, counts: values.map((value) => value.count), other })),
      groups: groups?.map(({ values, count }) => `${values.join('/')} ${count}`).toSorted(),
      total,
    });
    expect(figures(byStore)).toEqual(figures(byPattern));
    expect(byStore.histogram?.reduce((sum, bar) => sum + bar.count, 0)).toBe(refused.length);
    expect(byStore.top?.[0]?.values).toContainEqual({
      value: 'error',
      count: refused.filter((line) => line.level === 'error').length,
    });
    const group = byStore.groups?.find(({ values }) => values.join() === 'shop,error');
    const last = refused.findLast((line) => line.namespace === 'shop' && line.level === 'error');
    expect(group?.last.slice(0, 22)).toBe(last?.time.slice(0, 22));
  });

  test('tells which fields the lines have', async () => {
    const { fields } = await find({ query: 'ns:shop', fields: true, size: 0 });
    const named = new Map(fields?.fields.map((field) => [field.name, field]));
    expect(fields?.sampled).toBe(300);
    expect(named.get('ns')).toEqual({ name: 'ns', count: 300, examples: ['shop'] });
    expect(named.get('label.app')?.examples.toSorted()).toEqual(['api', 'web']);
    expect(named.get('level')?.count).toBe(lines.filter((line) => line.namespace === 'shop' && line.level).length);
  });

  test('a query that the store itself would refuse points at the character', async () => {
    await expect(find({ query: 'level:error AND (timeout' })).rejects.toThrow('query: ")" expected at character 25');
  });

  describe('of namespaces that the asker may not read', () => {
    const asker = async (body: LogQuery, readable: readonly string[], namespace?: string, isStream = false) => {
      const kube = new FakeKubeClient();
      for (const name of [...namespaces, 'default']) await kube.create(namespaceResource, { metadata: { name } });
      const request: ExtensionRequest = {
        verb: 'create',
        resource: 'search',
        rest: [],
        namespace,
        query: new URLSearchParams(isStream ? { stream: 'true' } : {}),
        body,
        user: { name: 'eve', groups: [] },
        may: (attributes) =>
          Promise.resolve(
            attributes.subresource === 'log' &&
              attributes.verb === 'get' &&
              readable.includes(attributes.namespace ?? '*'),
          ),
        signal: signalOf(),
      };
      const answer = await logSearchExtension(client, kube, clock).handle(request);
      if ('body' in answer) return answer.body as LogResult;
      const hits: LogHit[] = [];
      for await (const page of answer.lines) hits.push(...(page as LogPage).hits);
      return { hits };
    };
    const everything: LogQuery = {
      histogramInterval: '1h',
      top: [{ field: 'ns' }, { field: 'pod', size: 100 }, { field: 'kubernetes.labels.app.kubernetes.io/part-of' }],
      groupBy: ['ns', 'pod'],
      fields: true,
      size: 1000,
    };

    test('nothing is found or counted, whichever way is asked', async () => {
      for (const query of [
        '',
        'ns:secret',
        'ns:secret OR *',
        '*) OR (*',
        'NOT ns:shop',
        'ns:/.*/',
        '_exists_:ns',
        '_index:*',
      ]) {
        const body = { ...everything, query };
        const result = await asker(body, ['shop']).catch((error: unknown) => String(error));
        expect(JSON.stringify(result), query).not.toMatch(/secret"|billing"|"pod-[1245]/);
      }
      const all = (await asker({ ...everything, query: '' }, ['shop'])) as LogResult;
      expect({ hits: all.hits.length, total: all.total, bars: all.histogram?.map((bar) => bar.count) }).toEqual({
        hits: 300,
        total: { value: 300, exact: true },
        bars: [300],
      });
    });

    test('neither by a pattern, nor in a stream, nor as the context of a line', async () => {
      expect(
        (await asker({ grep: ['took'], size: 1000 }, ['shop'])).hits.every((hit) => hit.namespace === 'shop'),
      ).toBe(true);
      const streamed = await asker({ context: 3, query: 'took' }, ['shop'], undefined, true);
      expect(streamed.hits.length).toBeGreaterThan(75);
      expect(streamed.hits.every((hit) => hit.namespace === 'shop')).toBe(true);
    });

    test('asking for one is refused, and so is asking without any', async () => {
      await expect(asker({}, ['shop'], 'secret')).rejects.toThrow(
        'user "eve" may not get pods/log in the namespace "secret"',
      );
      await expect(asker({}, [])).rejects.toThrow('user "eve" may not get pods/log in any namespace');
    });
  });
});
