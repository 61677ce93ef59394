import { describe, expect, test } from 'vitest';
import type { AlertInstance } from './alert-rule.ts';
import { advance, MAX_ALERTS, type Seen, type TrackedAlert } from './alert-state.ts';
import { dueNotifications } from './due-notifications.ts';
import { fingerprintOf } from './fingerprint.ts';
import { silencedBy } from './silences.ts';
import { ToldLedger, type Told } from './told.ts';

const startMs = 1_700_000_000_000;
const second = 1_000;
const hour = 3_600_000;

function seen(over: Partial<Seen> & { readonly pod?: string; readonly said?: string } = {}): Seen {
  const { pod = 'a', said = 'it fails' } = over;
  const instance: AlertInstance = {
    labels: { namespace: 'demo', pod },
    summary: said,
    description: said,
    evidence: {},
    object: { kind: 'Pod', namespace: 'demo', name: pod },
  };
  return { name: 'ContainerProbeFailing', severity: 'warning', forMs: 30 * second, instance, ...over };
}

/** Runs one evaluation after another; each step is [seconds since the start, what is seen]. */
function run(...steps: readonly (readonly [number, readonly Seen[]])[]) {
  let alerts: ReadonlyMap<string, TrackedAlert> = new Map();
  let last = advance(alerts, [], startMs);
  for (const [at, what] of steps) {
    last = advance(alerts, what, startMs + at * second);
    alerts = last.alerts;
  }
  return { states: [...alerts.values()].map((alert) => alert.state), ...last };
}

describe('the states of an alert', () => {
  test.each<[string, readonly (readonly [number, readonly Seen[]])[], readonly string[], number]>([
    ['pending at first', [[0, [seen()]]], ['pending'], 0],
    [
      'still pending the second before',
      [
        [0, [seen()]],
        [29, [seen()]],
      ],
      ['pending'],
      0,
    ],
    [
      'firing once its time is over',
      [
        [0, [seen()]],
        [30, [seen()]],
      ],
      ['firing'],
      1,
    ],
    ['firing at once when it has no time', [[0, [seen({ forMs: 0 })]]], ['firing'], 1],
    [
      'told once',
      [
        [0, [seen({ forMs: 0 })]],
        [2, [seen({ forMs: 0 })]],
      ],
      ['firing'],
      0,
    ],
    [
      'forgotten when it was only pending',
      [
        [0, [seen()]],
        [2, []],
      ],
      [],
      0,
    ],
    [
      'pending anew after that',
      [
        [0, [seen()]],
        [20, []],
        [22, [seen()]],
        [40, [seen()]],
      ],
      ['pending'],
      0,
    ],
    [
      'still firing through a gap',
      [
        [0, [seen({ forMs: 0 })]],
        [9, []],
      ],
      ['firing'],
      0,
    ],
    [
      'resolved after ten seconds without',
      [
        [0, [seen({ forMs: 0 })]],
        [10, []],
      ],
      ['resolved'],
      1,
    ],
    [
      'kept for an hour',
      [
        [0, [seen({ forMs: 0 })]],
        [10, []],
        [3_609, []],
      ],
      ['resolved'],
      0,
    ],
    [
      'then forgotten',
      [
        [0, [seen({ forMs: 0 })]],
        [10, []],
        [3_610, []],
      ],
      [],
      0,
    ],
    [
      'firing again when it comes back',
      [
        [0, [seen({ forMs: 0 })]],
        [10, []],
        [20, [seen({ forMs: 0 })]],
      ],
      ['firing'],
      1,
    ],
  ])('%s', (_, steps, states, transitions) => {
    const result = run(...steps);
    expect(result.states).toEqual(states);
    expect(result.transitions).toHaveLength(transitions);
  });

  test('instances of a rule are apart, and the newest evidence stands', () => {
    const { alerts } = run([0, [seen(), seen({ pod: 'b' })]], [2, [seen({ said: 'worse' }), seen({ pod: 'b' })]]);
    expect([...alerts.values()].map((alert) => [alert.labels['pod'], alert.instance.summary])).toEqual([
      ['a', 'worse'],
      ['b', 'it fails'],
    ]);
  });

  test('the same instance seen twice in one round is one alert', () => {
    expect(run([0, [seen(), seen()]]).states).toEqual(['pending']);
  });

  test('a storm is bounded', () => {
    const storm = Array.from({ length: MAX_ALERTS + 10 }, (_, at) => seen({ pod: `p${at}` }));
    expect(run([0, storm]).alerts.size).toBe(MAX_ALERTS);
  });

  test('the fingerprint does not depend on the order of labels', () => {
    expect(fingerprintOf({ a: '1', b: '2' })).toBe(fingerprintOf({ b: '2', a: '1' }));
    expect(fingerprintOf({ a: '1' })).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf({ a: '1' })).not.toBe(fingerprintOf({ a: '2' }));
  });
});

describe('who is told when', () => {
  const firing = run([0, [seen({ forMs: 0 })]]).alerts;
  const resolved = run([0, [seen({ forMs: 0 })]], [10, []]).alerts;
  const [fingerprint = ''] = firing.keys();
  const silence = { name: 'quiet', matchers: { namespace: 'de*', alertname: 'ContainerProbeFailing' } };
  const told = (over: Partial<Told> & { readonly agoMs?: number } = {}): Told => ({
    what: 'firing',
    outcome: 'delivered',
    knows: true,
    atMs: startMs - (over.agoMs ?? second),
    ...over,
  });
  const due = (
    alerts: ReadonlyMap<string, TrackedAlert>,
    known: Told | undefined,
    silences: readonly (typeof silence & { untilMs?: number })[] = [],
    sendResolved = true,
  ) => {
    const ledger = new ToldLedger();
    if (known) ledger.set(fingerprint, 'ops', known);
    const webhooks = [{ name: 'ops', url: 'http://ops', sendResolved }];
    return dueNotifications(alerts.values(), { webhooks, silences, repeatMs: 4 * hour }, ledger, startMs).length;
  };

  test.each<
    [string, ReadonlyMap<string, TrackedAlert>, Told | undefined, (typeof silence & { untilMs?: number })[], number]
  >([
    ['a firing alert that the receiver does not know', firing, undefined, [], 1],
    ['not again right after', firing, told(), [], 0],
    ['not while it is being told', firing, told({ outcome: 'sending', knows: false }), [], 0],
    ['again after the repeat interval', firing, told({ agoMs: 4 * hour }), [], 1],
    [
      'again a minute after all attempts failed',
      firing,
      told({ outcome: 'failed', knows: false, agoMs: 60 * second }),
      [],
      1,
    ],
    ['not sooner than that', firing, told({ outcome: 'failed', knows: false, agoMs: 59 * second }), [], 0],
    ['anew when it fires again after it was over', firing, told({ what: 'resolved', knows: false }), [], 1],
    ['not while it is silenced', firing, undefined, [silence], 0],
    ['once the silence is over', firing, undefined, [{ ...silence, untilMs: startMs }], 1],
    ['that it is over, if it was told', resolved, told(), [], 1],
    ['that it is over, even when silenced meanwhile', resolved, told(), [silence], 1],
    ['not that it is over, if it was never told', resolved, undefined, [], 0],
    ['nor when telling it had failed', resolved, told({ outcome: 'failed', knows: false }), [], 0],
    ['that it is over only once', resolved, told({ what: 'resolved', knows: false }), [], 0],
    [
      'that it is over again, when that failed a minute ago',
      resolved,
      told({ what: 'resolved', outcome: 'failed', agoMs: 60 * second }),
      [],
      1,
    ],
  ])('%s', (_, alerts, known, silences, expected) => {
    expect(due(alerts, known, silences)).toBe(expected);
  });

  test('a receiver that does not want to hear the end does not', () => {
    expect(due(resolved, told(), [], false)).toBe(0);
  });

  test('a receiver knows of an alert once a message was taken, until it was told the end', () => {
    const ledger = new ToldLedger();
    const knows = () => ledger.get(fingerprint, 'ops')?.knows;
    ledger.sending(fingerprint, 'ops', 'firing', startMs);
    expect(knows()).toBe(false);
    ledger.settle(fingerprint, 'ops', true, startMs);
    expect(knows()).toBe(true);
    ledger.sending(fingerprint, 'ops', 'firing', startMs);
    ledger.settle(fingerprint, 'ops', false, startMs);
    expect(knows(), 'a repetition that failed').toBe(true);
    ledger.sending(fingerprint, 'ops', 'resolved', startMs);
    ledger.settle(fingerprint, 'ops', true, startMs);
    expect(knows()).toBe(false);
  });

  test('a silence needs all of its labels to match', () => {
    const labels = { alertname: 'CrashLoop', namespace: 'demo-1' };
    expect(silencedBy(labels, [{ name: 's', matchers: { namespace: 'demo*' } }], startMs)).toBe('s');
    expect(silencedBy(labels, [{ name: 's', matchers: { namespace: 'demo' } }], startMs)).toBeUndefined();
    expect(silencedBy(labels, [{ name: 's', matchers: { namespace: 'demo*', node: 'x' } }], startMs)).toBeUndefined();
  });
});
