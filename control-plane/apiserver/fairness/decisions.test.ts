import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FlowSchema, PriorityLevelConfiguration } from '../../../lib/kube/types.ts';
import {
  mandatoryFlowSchemas,
  mandatoryPriorityLevels,
  suggestedFlowSchemas,
  suggestedPriorityLevels,
} from '../../registry/flow-control-defaults.ts';
import type { User } from '../extension.ts';
import { requestInfo } from '../request-info.ts';
import { distinguisherOf, inMatchingOrder, schemaMatches } from './flow-rules.ts';
import { requestSeats } from './request-seats.ts';
import { nextRetryAfter } from './retry-after.ts';
import { seatLimits } from './seat-limits.ts';
import { SeatPool, type SeatShare } from './seat-pool.ts';
import { dealHand, flowHash } from './shuffle-shard.ts';

const everySchema = inMatchingOrder([...suggestedFlowSchemas, ...mandatoryFlowSchemas]);
const everyLevel = [...mandatoryPriorityLevels, ...suggestedPriorityLevels];

const user = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, 'system:authenticated'] });
const account = (namespace: string, name: string): User =>
  user(`system:serviceaccount:${namespace}:${name}`, 'system:serviceaccounts', `system:serviceaccounts:${namespace}`);
const agent = user('system:node:n1', 'system:nodes');

function asked(text: string) {
  const [method = '', url = ''] = text.split(' ');
  const [path = '', query] = url.split('?');
  return requestInfo(method, path, new URLSearchParams(query));
}

describe('the schema of a request', () => {
  test.each<[User, string, string, string]>([
    [user('admin', 'system:masters'), 'GET /api/v1/pods', 'exempt', ''],
    [{ name: 'system:anonymous', groups: ['system:unauthenticated'] }, 'GET /healthz', 'probes', ''],
    [user('ann'), 'GET /healthz/etcd', 'global-default', 'ann'],
    [
      agent,
      'PUT /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1',
      'system-node-high',
      'system:node:n1',
    ],
    [agent, 'PATCH /api/v1/nodes/n1/status', 'system-node-high', 'system:node:n1'],
    [agent, 'GET /api/v1/nodes/n1', 'system-node-high', 'system:node:n1'],
    [agent, 'GET /api/v1/pods?watch=1', 'system-nodes', 'system:node:n1'],
    [
      account('kube-system', 'x'),
      'PUT /apis/coordination.k8s.io/v1/namespaces/a/leases/l',
      'system-leader-election',
      'system:serviceaccount:kube-system:x',
    ],
    [
      account('kube-system', 'endpoint-controller'),
      'PUT /api/v1/namespaces/a/endpoints/l',
      'endpoint-controller',
      'system:serviceaccount:kube-system:endpoint-controller',
    ],
    [
      account('kube-system', 'x'),
      'PUT /api/v1/namespaces/a/endpoints/l',
      'workload-leader-election',
      'system:serviceaccount:kube-system:x',
    ],
    [account('kube-system', 'x'), 'GET /api/v1/namespaces/a/pods', 'kube-system-service-accounts', 'a'],
    [user('system:kube-scheduler'), 'GET /api/v1/pods', 'kube-scheduler', ''],
    [account('shop', 'x'), 'GET /api/v1/pods', 'service-accounts', 'system:serviceaccount:shop:x'],
    [account('shop', 'x'), 'GET /apis', 'service-accounts', 'system:serviceaccount:shop:x'],
    [user('ann'), 'GET /api/v1/pods', 'global-default', 'ann'],
  ])('of %o for %s is %s', (who, request, name, distinguisher) => {
    const info = asked(request);
    const found = everySchema.find((schema) => schemaMatches(schema, who, info));
    expect(found?.metadata?.name).toBe(name);
    expect(found && distinguisherOf(found, who, info)).toBe(distinguisher);
  });

  const podsIn = (over: object): FlowSchema => ({
    metadata: { name: 'x' },
    spec: {
      priorityLevelConfiguration: { name: 'l' },
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: '*' } }],
          resourceRules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'], namespaces: ['a'], ...over }],
          nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/debug/*'] }],
        },
      ],
    },
  });
  test.each<[string, object, boolean]>([
    ['GET /api/v1/namespaces/a/pods', {}, true],
    ['GET /api/v1/namespaces/b/pods', {}, false],
    ['GET /api/v1/pods', {}, false],
    ['GET /api/v1/pods', { clusterScope: true }, true],
    ['GET /api/v1/namespaces/a/pods', { clusterScope: true, namespaces: [] }, false],
    ['POST /api/v1/namespaces/a/pods', {}, false],
    ['GET /api/v1/namespaces/a/pods/x/status', {}, false],
    ['GET /api/v1/namespaces/a/pods/x/status', { resources: ['pods/status'] }, true],
    ['GET /apis/apps/v1/namespaces/a/pods', {}, false],
    ['GET /debug/pprof', {}, true],
    ['GET /metrics', {}, false],
  ])('%s matches %o: %s', (request, over, expected) => {
    expect(schemaMatches(podsIn(over), user('ann'), asked(request))).toBe(expected);
  });

  test('of equal precedence is the first by name', () => {
    expect(everySchema.map(({ metadata }) => metadata?.name)).toEqual([
      'exempt',
      'probes',
      'system-leader-election',
      'endpoint-controller',
      'workload-leader-election',
      'system-node-high',
      'system-nodes',
      'kube-controller-manager',
      'kube-scheduler',
      'kube-system-service-accounts',
      'service-accounts',
      'global-default',
      'catch-all',
    ]);
  });
});

describe('the seats of levels', () => {
  test('are shared out by shares, rounded up, with what is lent and borrowed', () => {
    const limits = Object.fromEntries(seatLimits(everyLevel, 600));
    expect(limits).toEqual({
      'catch-all': { nominal: 13, lower: 13, upper: 600 },
      exempt: { nominal: 0, lower: 0, upper: 600 },
      system: { nominal: 74, lower: 50, upper: 600 },
      'node-high': { nominal: 98, lower: 73, upper: 600 },
      'leader-election': { nominal: 25, lower: 25, upper: 600 },
      'workload-high': { nominal: 98, lower: 49, upper: 600 },
      'workload-low': { nominal: 245, lower: 24, upper: 600 },
      'global-default': { nominal: 49, lower: 24, upper: 600 },
    });
  });

  test('end where borrowing ends, and are none without shares', () => {
    const level = (name: string, limited: object): PriorityLevelConfiguration => ({
      metadata: { name },
      spec: { type: 'Limited', limited },
    });
    const limits = seatLimits(
      [
        level('a', { nominalConcurrencyShares: 1, borrowingLimitPercent: 50 }),
        level('b', { nominalConcurrencyShares: 1, borrowingLimitPercent: 0, lendablePercent: 100 }),
        level('none', { nominalConcurrencyShares: 0, borrowingLimitPercent: 10 }),
      ],
      20,
    );
    expect([...limits.values()]).toEqual([
      { nominal: 10, lower: 10, upper: 15 },
      { nominal: 10, lower: 0, upper: 10 },
      { nominal: 0, lower: 0, upper: 0 },
    ]);
  });

  test('that are kept are never lent, and no more are used than there are, whatever is asked', () => {
    const limits = [
      { nominal: 10, lower: 10, upper: 40 },
      { nominal: 20, lower: 5, upper: 40 },
      { nominal: 10, lower: 0, upper: 15 },
    ];
    const step = fc.record({ level: fc.nat(2), seats: fc.integer({ min: 1, max: 10 }), isEnd: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pool = new SeatPool();
        const shares: SeatShare[] = limits.map((one) => ({ limits: one, used: 0 }));
        pool.setShares(shares);
        const running: { share: SeatShare; seats: number }[] = [];
        for (const { level, seats, isEnd } of steps) {
          const share = shares[level] as SeatShare;
          const ended = isEnd ? running.shift() : undefined;
          if (ended) pool.giveBack(ended.share, ended.seats);
          else if (pool.mayTake(share, seats)) {
            pool.take(share, seats);
            running.push({ share, seats });
          }
          expect(shares.reduce((sum, { used }) => sum + used, 0)).toBeLessThanOrEqual(pool.total);
          for (const one of shares) {
            expect(one.used).toBeLessThanOrEqual(Math.max(one.limits.upper, one.limits.lower));
            if (one.used < one.limits.lower) expect(pool.mayTake(one, one.limits.lower - one.used)).toBe(true);
          }
        }
      }),
    );
  });

  test('that nobody uses are borrowed, and come back one by one', () => {
    const pool = new SeatPool();
    const lender: SeatShare = { limits: { nominal: 10, lower: 4, upper: 20 }, used: 0 };
    const borrower: SeatShare = { limits: { nominal: 10, lower: 10, upper: 20 }, used: 0 };
    pool.setShares([lender, borrower]);
    pool.take(borrower, 16);
    expect([pool.reachOf(borrower), pool.mayTake(borrower, 1)]).toEqual([16, false]);
    pool.take(lender, 4);
    expect(pool.mayTake(lender, 1)).toBe(false);
    pool.giveBack(borrower, 1);
    expect(pool.mayTake(lender, 1)).toBe(true);
  });
});

describe('a hand of queues', () => {
  test('has different cards of the deck', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 60n) - 1n }),
        fc.integer({ min: 1, max: 128 }),
        fc.integer({ min: 1, max: 8 }),
        (hash, deckSize, handSize) => {
          const hand = dealHand(hash, deckSize, Math.min(handSize, deckSize));
          expect(new Set(hand).size).toBe(Math.min(handSize, deckSize));
          expect(hand.every((card) => card >= 0 && card < deckSize)).toBe(true);
        },
      ),
    );
  });

  test('can be any, each as often as the other', () => {
    const hands = new Map<string, number>();
    for (let hash = 0n; hash < 60n; hash++) {
      const hand = dealHand(hash, 5, 3).join();
      hands.set(hand, (hands.get(hand) ?? 0) + 1);
    }
    expect(hands.size).toBe(60);
  });

  test('is seldom the hand of another flow: a flood leaves nearly everybody a free queue', () => {
    const flood = new Set(dealHand(flowHash('service-accounts', 'flood'), 128, 6));
    const squashed = Array.from({ length: 1000 }, (_, at) =>
      dealHand(flowHash('service-accounts', `user-${at}`), 128, 6),
    ).filter((hand) => hand.every((card) => flood.has(card)));
    expect(squashed).toHaveLength(0);
  });
});

test.each<[string, 'list' | 'watch', string, number, number, number]>([
  ['a short list', 'list', '', 100, 245, 1],
  ['a long list', 'list', '', 450, 245, 5],
  ['a list of very many', 'list', '', 100_000, 245, 10],
  ['a page', 'list', 'limit=200', 100_000, 245, 2],
  ['a page of what is looked for among all', 'list', 'limit=200&labelSelector=a', 100_000, 245, 10],
  ['a long list at a small level', 'list', '', 100_000, 15, 2],
  ['a long list at a level that has next to nothing', 'list', '', 100_000, 1, 1],
  ['a watch', 'watch', '', 100_000, 245, 1],
  ['a watch that begins with a list', 'watch', 'sendInitialEvents=true', 100_000, 245, 10],
])('%s takes seats by what it goes through', (_, verb, query, objects, levelSeats, expected) => {
  expect(requestSeats(verb, new URLSearchParams(query), objects, levelSeats)).toBe(expected);
});

test.each([
  [1, 0, 1],
  [1, 2, 1],
  [1, 3, 2],
  [5, 14, 5],
  [5, 15, 6],
  [5, 4, 4],
  [32, 1000, 32],
])('after %i s and %i refusals a second clients wait %i s', (seconds, refused, expected) => {
  expect(nextRetryAfter(seconds, refused)).toBe(expected);
});
