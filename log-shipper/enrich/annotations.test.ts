import { describe, expect, test } from 'vitest';
import { transformFor } from './annotations.ts';
import type { Line } from './line-transform.ts';

function run(
  annotations: Record<string, string>,
  texts: readonly string[],
): { documents: Record<string, unknown>[]; dropped: number; invalid: string[] } {
  const invalid: string[] = [];
  const named = Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [`logs.vigil.dev/${name}`, value]),
  );
  const transform = transformFor(named, ({ annotation, reason }) => invalid.push(`${annotation}: ${reason}`));
  const documents: Record<string, unknown>[] = [];
  let dropped = 0;
  texts.forEach((text, n) => {
    const line: Line = {
      text,
      time: '2026-11-29T08:00:00Z',
      stderr: false,
      position: { rotation: 'r', offset: n * 100 },
    };
    dropped += transform?.line(line, (document) => documents.push(document)) ?? 0;
  });
  transform?.flush((document) => documents.push(document));
  return { documents, dropped, invalid };
}

const messages = (annotations: Record<string, string>, texts: readonly string[]) =>
  run(annotations, texts).documents.map((document) => document['message']);

test('without annotations there is nothing to do', () => {
  expect(transformFor({}, () => undefined)).toBeUndefined();
  expect(transformFor({ 'other/annotation': 'x' }, () => undefined)).toBeUndefined();
});

test('JSON lines become fields, with message and level taken from them', () => {
  const [document, plain] = run({ parse: 'json' }, [
    '{"level":"warning","msg":"slow","user":{"id":7}}',
    'not json ERROR',
  ]).documents;
  expect(document).toMatchObject({ message: 'slow', log: { level: 'warn' }, vigil: { fields: { user: { id: 7 } } } });
  expect(plain).toMatchObject({ message: 'not json ERROR', log: { level: 'error' } });
});

test('logfmt lines become fields', () => {
  const [document] = run({ parse: 'logfmt' }, ['level=info msg="hello \\"you\\"" took=3ms']).documents;
  expect(document).toMatchObject({
    message: 'hello "you"',
    log: { level: 'info' },
    vigil: { fields: { took: '3ms' } },
  });
});

describe('stack traces', () => {
  test.each([
    [
      'java',
      [
        'ERROR failed',
        'java.lang.RuntimeException: x',
        '\tat a.b(C.java:1)',
        '\tat d.e(F.java:2)',
        'Caused by: java.io.IOException',
        '\t... 3 more',
        'INFO next',
      ],
      [1, 5, 1],
    ],
    [
      'python',
      [
        'INFO start',
        'Traceback (most recent call last):',
        '  File "a.py", line 1, in <module>',
        '    f()',
        'ValueError: bad',
        'INFO next',
      ],
      [5, 1],
    ],
    ['go', ['panic: boom', '', 'goroutine 1 [running]:', 'main.main()', '\t/app/main.go:5 +0x18', 'INFO next'], [5, 1]],
    ['node', ['Error: boom', '    at f (/app/a.js:1:2)', '    at g (/app/b.js:3:4)', 'next'], [3, 1]],
    ['/^\\d{4}-/', ['2026-01-01 a', 'goes on', '2026-01-02 b'], [2, 1]],
  ] as const)('%s', (multiline, texts, sizes) => {
    expect(messages({ multiline }, texts).map((message) => String(message).split('\n').length)).toEqual(sizes);
  });
});

test('lines are dropped, kept and redacted by pattern', () => {
  expect(messages({ drop: '/healthz/' }, ['GET /healthz', 'GET /'])).toEqual(['GET /']);
  expect(messages({ keep: 'ERROR|WARN' }, ['INFO a', 'ERROR b'])).toEqual(['ERROR b']);
  expect(messages({ redact: '/\\b\\d{16}\\b/' }, ['card 1234567812345678 and 8765432187654321'])).toEqual([
    'card [redacted] and [redacted]',
  ]);
  expect(run({ drop: 'x' }, ['x', 'y']).dropped).toBe(1);
});

test('sampling keeps about the share, always the same lines, and everything severe', () => {
  const texts = Array.from({ length: 2_000 }, (_, n) => (n % 100 === 0 ? `ERROR ${n}` : `INFO ${n}`));
  const first = messages({ sample: '0.2' }, texts);
  expect(first).toEqual(messages({ sample: '0.2' }, texts));
  expect(first.filter((message) => String(message).startsWith('ERROR'))).toHaveLength(20);
  expect(first.length).toBeGreaterThan(300);
  expect(first.length).toBeLessThan(550);
});

test('what is not valid is reported with its reason, and the rest still holds', () => {
  const { invalid, documents } = run(
    { parse: 'xml', drop: '(', sample: '2', redact: '(a)\\1', unheard: 'of', keep: 'good' },
    ['good', 'bad'],
  );
  expect(documents.map((document) => document['message'])).toEqual(['good']);
  expect(invalid).toHaveLength(5);
  expect(invalid.join('\n')).toContain('logs.vigil.dev/unheard: unknown');
});
