import { expect, test } from 'vitest';
import { parseLogParameters } from './log-parameters.ts';

const parse = (query: string) => parseLogParameters(new URLSearchParams(query), 1_000_000);

test('what is not asked for has the API’s defaults', () => {
  expect(parse('')).toMatchObject({ follow: false, previous: false, timestamps: false, stream: 'all', format: 'text' });
});

test('each parameter is read', () => {
  expect(
    parse('follow=true&previous=1&tailLines=5&limitBytes=9&timestamps=true&stream=Stderr&sinceSeconds=10'),
  ).toMatchObject({
    follow: true,
    previous: true,
    tailLines: 5,
    limitBytes: 9,
    timestamps: true,
    stream: 'stderr',
    since: { ms: 990_000, subNs: 0 },
  });
  expect(parse('format=records&after=abc-1z&containerId=docker://0123456789abcdef')).toMatchObject({
    format: 'records',
    after: { rotation: 'abc', offset: 71 },
    containerId: '0123456789abcdef',
  });
  expect(parse('sinceTime=2026-01-02T03:04:05.000000001Z').since?.subNs).toBe(1);
});

test.each([
  'follow=maybe',
  'tailLines=-1',
  'tailLines=x',
  'limitBytes=0',
  'sinceSeconds=0',
  'sinceSeconds=1&sinceTime=2026-01-02T03:04:05Z',
  'sinceTime=yesterday',
  'stream=both',
  'format=xml',
  'after=1',
  'containerId=../../etc',
])('%s is refused', (query) => {
  expect(() => parse(query)).toThrow();
});
