import { expect, test } from 'vitest';
import { deadLetterItem } from './dead-letters.ts';
import type { RefusedItem } from '../sink.ts';

function refused(document: string, over: Partial<RefusedItem> = {}): RefusedItem {
  const item = Buffer.from(`{"create":{"_index":"logs-vigil.events-default","_id":"e-1"}}\n${document}\n`);
  return { item, status: 400, type: 'document_parsing_exception', reason: 'log.offset is no number', ...over };
}

function letterOf(item: RefusedItem, cut = false): { action: unknown; document: Record<string, unknown> } {
  const [action = '', document = ''] = deadLetterItem(item, 0, 'demo', cut).toString().split('\n');
  return { action: JSON.parse(action), document: JSON.parse(document) as Record<string, unknown> };
}

test('holds the whole original and the reason, under the same id', () => {
  const original = '{"message":"\\"x\\"","log":{"offset":"no"}}';
  expect(letterOf(refused(original))).toEqual({
    action: { create: { _index: 'logs-vigil.deadletters-default', _id: 'e-1' } },
    document: {
      '@timestamp': '1970-01-01T00:00:00.000Z',
      message: 'document refused: document_parsing_exception: log.offset is no number',
      log: { level: 'error' },
      error: { type: 'document_parsing_exception', message: 'log.offset is no number', code: '400' },
      event: { original },
      vigil: { deadletter: { index: 'logs-vigil.events-default', id: 'e-1', original_bytes: '41' } },
      orchestrator: { type: 'kubernetes', cluster: { name: 'demo' } },
      data_stream: { type: 'logs', dataset: 'vigil.deadletters', namespace: 'default' },
    },
  });
});

test.each([
  ['refused for its size', refused('x'.repeat(100_000), { status: 413 }), false, 16_384],
  ['larger than a megabyte', refused('x'.repeat(1_100_000)), false, 16_384],
  ['refused whole before', refused('x'.repeat(100_000)), true, 16_384],
  ['large, but no more than that', refused('x'.repeat(100_000)), false, 100_000],
])('of an original that was %s, so much is kept', (_name, item, cut, length) => {
  const { event } = letterOf(item, cut).document as { event: { original: string } };
  expect(event.original).toHaveLength(length);
});
