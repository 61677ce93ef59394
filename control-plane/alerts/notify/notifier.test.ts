import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Alert, AlertDelivery } from '../../../lib/alerts-api.ts';
import { FakeClock } from '../../../lib/clock.ts';
import { VigilError } from '../../../lib/errors.ts';
import { silentLog } from '../../../lib/log.ts';
import { createCa, issueCertificate } from '../../../lib/pki.ts';
import { Notifier } from './notifier.ts';
import { postJson, type PostJson } from './post-json.ts';
import { webhookPayload } from './webhook-payload.ts';

const hook = { name: 'ops', url: 'https://receiver.example/hook', sendResolved: true };

function alert(over: Partial<Alert> = {}): Alert {
  return {
    fingerprint: '0123456789abcdef',
    name: 'CrashLoop',
    state: 'firing',
    severity: 'critical',
    labels: { alertname: 'CrashLoop', severity: 'critical', namespace: 'demo', pod: 'a' },
    annotations: { summary: 'main of a keeps crashing', description: '3 restarts' },
    evidence: {
      exitCode: 137,
      reason: 'OOMKilled',
      node: 'node-1',
      restartCount: 3,
      lastLines: ['one', 'two'],
      probe: { type: 'liveness', check: 'GET :81/healthz', output: '500', run: 3, threshold: 3, time: '' },
    },
    activeAt: '2026-01-01T00:00:00.000Z',
    firedAt: '2026-01-01T00:00:10.000Z',
    deliveries: [],
    ...over,
  };
}

/** A receiver that answers as it is told, attempt by attempt, and notes what it got. */
function receiving(...answers: readonly (Error | undefined)[]) {
  const clock = new FakeClock();
  const posted: unknown[] = [];
  const deliveries: AlertDelivery[] = [];
  const post: PostJson = (_url, body) => {
    const answer = answers[posted.length];
    posted.push(body);
    return answer ? Promise.reject(answer) : Promise.resolve();
  };
  const final: boolean[] = [];
  const onDelivery = (_: readonly string[], delivery: AlertDelivery, isFinal: boolean) => {
    deliveries.push(delivery);
    final.push(isFinal);
  };
  const notifier = new Notifier({ post, clock, log: silentLog, externalURL: 'https://vigil', onDelivery });
  return { clock, posted, deliveries, final, notifier };
}

const away = new VigilError('WEBHOOK_UNREACHABLE', 'transient', 'connection refused');
const refused = new VigilError('WEBHOOK_REFUSED', 'terminal', 'the receiver answered 400');

describe('telling receivers', () => {
  test('a receiver that is away is tried again with growing delays', async () => {
    const { clock, posted, deliveries, final, notifier } = receiving(away, away);
    notifier.notify(hook, [alert()]);
    await clock.advance(999);
    expect(posted).toHaveLength(1);
    await clock.advance(1);
    expect(posted).toHaveLength(2);
    await clock.advance(2_000);
    expect(deliveries.map((one) => [one.ok, one.error])).toEqual([
      [false, 'connection refused'],
      [false, 'connection refused'],
      [true, ''],
    ]);
    expect(final).toEqual([false, false, true]);
  });

  test('after six attempts it is given up, and the next message is sent', async () => {
    const { clock, posted, notifier } = receiving(away, away, away, away, away, away);
    notifier.notify(hook, [alert()]);
    notifier.notify(hook, [alert({ state: 'resolved' })]);
    await clock.advance(120_000);
    expect(posted.map((body) => (body as { status: string }).status)).toEqual([
      ...Array.from({ length: 6 }, () => 'firing'),
      'resolved',
    ]);
  });

  test('one that refuses is not asked again', async () => {
    const { clock, posted, notifier } = receiving(refused);
    notifier.notify(hook, [alert()]);
    await clock.advance(120_000);
    expect(posted).toHaveLength(1);
  });

  test('one message for each alert name', async () => {
    const { clock, posted, notifier } = receiving();
    notifier.notify(hook, [alert(), alert({ labels: { pod: 'b' } }), alert({ name: 'OOMKilled', state: 'resolved' })]);
    await clock.advance(1);
    expect(posted.map((body) => (body as { alerts: unknown[] }).alerts.length)).toEqual([2, 1]);
  });

  test('what waits is bounded, the newest stay', async () => {
    const { clock, posted, notifier } = receiving();
    for (let at = 0; at < 150; at++) notifier.notify(hook, [alert({ fingerprint: String(at) })]);
    await clock.advance(1);
    const last = posted.at(-1) as { alerts: { fingerprint: string }[] };
    expect(posted).toHaveLength(101);
    expect(last.alerts[0]?.fingerprint).toBe('149');
  });

  test('stopping does not wait for a receiver that is away', async () => {
    const { clock, notifier } = receiving(away, away, away);
    notifier.notify(hook, [alert()]);
    await clock.advance(100);
    await notifier.stop();
    expect(clock.pendingCount).toBe(0);
  });
});

describe('the message', () => {
  test("is Alertmanager's, with the evidence in the annotations", () => {
    const payload = webhookPayload(
      'ops',
      [
        alert(),
        alert({ labels: { ...alert().labels, pod: 'b' }, state: 'resolved', resolvedAt: '2026-01-01T00:01:00.000Z' }),
      ],
      'https://vigil',
    );
    expect(payload).toMatchObject({
      version: '4',
      status: 'firing',
      receiver: 'ops',
      groupLabels: { alertname: 'CrashLoop' },
      commonLabels: { alertname: 'CrashLoop', severity: 'critical', namespace: 'demo' },
      truncatedAlerts: 0,
    });
    expect(payload.commonLabels).not.toHaveProperty('pod');
    expect(payload.alerts[0]).toMatchObject({
      status: 'firing',
      startsAt: '2026-01-01T00:00:10.000Z',
      endsAt: '0001-01-01T00:00:00Z',
      annotations: {
        summary: 'main of a keeps crashing',
        exit_code: '137',
        reason: 'OOMKilled',
        node: 'node-1',
        probe: 'liveness GET :81/healthz',
        probe_output: '500',
        probe_failures: '3 in a row, threshold 3',
        last_log_lines: 'one\ntwo',
      },
    });
    expect(payload.alerts[1]).toMatchObject({ status: 'resolved', endsAt: '2026-01-01T00:01:00.000Z' });
  });
});

describe('the request', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
  });

  async function answering(status: number, started: Server): Promise<number> {
    server = started;
    started.on('request', (_, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return (started.address() as AddressInfo).port;
  }

  test.each<[number, string | undefined]>([
    [200, undefined],
    [204, undefined],
    [400, 'terminal'],
    [429, 'transient'],
    [503, 'transient'],
  ])('a receiver that answers %d', async (status, errorClass) => {
    const port = await answering(status, createServer());
    const sent = postJson(`http://127.0.0.1:${port}/`, {}, undefined, AbortSignal.timeout(5_000));
    if (errorClass) await expect(sent).rejects.toMatchObject({ class: errorClass });
    else await expect(sent).resolves.toBeUndefined();
  });

  test('the certificate of the receiver is checked, against its own authority if it has one', async () => {
    const ca = await createCa('receivers', Date.now());
    const pair = await issueCertificate(ca, {
      commonName: 'hook',
      ipAddresses: ['127.0.0.1'],
      usages: ['server'],
      nowMs: Date.now(),
    });
    const port = await answering(200, createSecureServer(pair));
    const url = `https://127.0.0.1:${port}/`;
    await expect(postJson(url, {}, undefined, AbortSignal.timeout(5_000))).rejects.toMatchObject({
      code: 'WEBHOOK_UNREACHABLE',
    });
    await expect(postJson(url, {}, ca.cert, AbortSignal.timeout(5_000))).resolves.toBeUndefined();
  });
});
