import { expect, test } from 'vitest';
import { judgeBulk } from './retry.ts';

const items = (...statuses: readonly number[]) =>
  JSON.stringify({
    took: 1,
    errors: true,
    items: statuses.map((status) => ({
      create: status < 300 ? { status } : { status, error: { type: 't', reason: 'r', caused_by: { reason: 'why' } } },
    })),
  });

test.each([
  ['no errors', 200, '{"took":3,"errors":false,"items":[]}', { kind: 'taken' }],
  ['no errors, filtered', 200, '{"errors":false}', { kind: 'taken' }],
  ['unavailable', 503, '{"error":{"reason":"busy"}}', { kind: 'retry', reason: 'status 503: busy' }],
  ['too many', 429, 'slow down', { kind: 'retry', reason: 'status 429: slow down' }],
  ['no rights', 401, '', { kind: 'retry', reason: 'status 401: ' }],
  ['too large', 413, '', { kind: 'split', status: 413, reason: '' }],
  ['not understood', 400, '{"error":"bad"}', { kind: 'split', status: 400, reason: 'bad' }],
  ['cut off', 200, '{"errors":true,"items":[', { kind: 'retry', reason: 'the answer is not JSON' }],
  ['items missing', 200, items(201), { kind: 'retry', reason: 'the answer does not account for every item' }],
])('%s', (_name, status, body, verdict) => {
  expect(judgeBulk(status, body, 2)).toEqual(verdict);
});

test('each item is judged by itself: blocks and missing rights are waited for, refusals are not', () => {
  const verdict = judgeBulk(200, items(201, 409, 429, 503, 403, 404, 400), 7);
  expect(verdict.kind === 'items' && verdict.items.map((item) => item.kind)).toEqual([
    'taken',
    'duplicate',
    'retry',
    'retry',
    'retry',
    'retry',
    'refused',
  ]);
  expect(verdict.kind === 'items' && verdict.items[6]).toMatchObject({ status: 400, type: 't', reason: 'r: why' });
});
