import { describe, expect, test } from 'vitest';
import { painter } from '../output/colour.ts';
import { formatHit } from './format-hit.ts';
import { formatLine, type FormatOptions } from './format-line.ts';
import { barsOf, renderHistogram, stepFor } from './histogram.ts';
import { lineTemplate } from './line-template.ts';
import type { LogLine } from './log-line.ts';
import { visible } from './visible.ts';

const line: LogLine = {
  containerId: 'c0ffee',
  position: { rotation: 'abc', offset: 1234 },
  time: '2026-11-29T14:02:09.114000123Z',
  stream: 'stderr',
  message: 'ERROR pool: connect 10.96.12.7:5432 refused',
  namespace: 'shop',
  pod: 'hello-7c9f8d5b6-2xk4p',
  podUid: 'uid-1',
  container: 'main',
  restartCount: 2,
  node: 'node-1',
  level: 'error',
};
const piped: FormatOptions = {
  output: 'text',
  colour: false,
  isTerminal: false,
  timestamps: false,
  showPod: true,
  showNamespace: false,
};
const ESC = '\u001b';

describe('a line', () => {
  test.each<[string, Partial<FormatOptions>, string]>([
    ['piped', {}, 'hello-7c9f8d5b6-2xk4p main  ERROR pool: connect 10.96.12.7:5432 refused'],
    ['of one pod', { showPod: false }, 'ERROR pool: connect 10.96.12.7:5432 refused'],
    [
      'with everything',
      { timestamps: true, showNamespace: true },
      '2026-11-29T14:02:09.114000123Z  shop  hello-7c9f8d5b6-2xk4p main  ERROR pool: connect 10.96.12.7:5432 refused',
    ],
    ['on a terminal', { isTerminal: true }, '14:02:09.114  2xk4p main  ERROR pool: connect 10.96.12.7:5432 refused'],
    [
      'on a terminal in colour',
      { isTerminal: true, colour: true },
      `${ESC}[2m14:02:09.114${ESC}[0m  ${ESC}[95m2xk4p main${ESC}[0m  ${ESC}[31mERROR pool: connect 10.96.12.7:5432 refused${ESC}[0m`,
    ],
    ['raw', { output: 'raw', timestamps: true }, 'ERROR pool: connect 10.96.12.7:5432 refused'],
    [
      'by a template',
      { output: lineTemplate('{{clock}} {{ pod:24 }}|{{level}}\\t{{message}}') },
      '14:02:09.114 hello-7c9f8d5b6-2xk4p   |error\tERROR pool: connect 10.96.12.7:5432 refused',
    ],
  ])('%s', (_title, options, expected) => {
    expect(formatLine(line, { ...piped, ...options })).toBe(expected);
  });

  test('as JSON and as the document that is stored', () => {
    expect(JSON.parse(formatLine(line, { ...piped, output: 'json' }, true))).toMatchObject({
      pod: line.pod,
      rotation: 'abc',
      offset: 1234,
      isContext: true,
    });
    expect(JSON.parse(formatLine(line, { ...piped, output: 'ecs' }))).toEqual({
      '@timestamp': line.time,
      message: line.message,
      stream: 'stderr',
      log: { level: 'error', offset: 1234 },
      container: { id: 'c0ffee' },
      kubernetes: {
        namespace: 'shop',
        pod: { name: line.pod, uid: 'uid-1' },
        container: { name: 'main' },
        node: { name: 'node-1' },
      },
      vigil: { restart_count: 2 },
    });
  });

  test.each([
    ['{{time}', '"}}" expected behind this "{{" at character 1'],
    [
      'a {{when}}',
      'one of time, clock, ns, pod, container, node, stream, level, restarts, message expected at character 5',
    ],
    ['{{pod:999}}', 'a width of at most 200 expected at character 3'],
  ])('the template %s is refused: %s', (text, message) => {
    expect(() => lineTemplate(text)).toThrow(`--output: ${message}`);
  });

  test.each([
    ['plain\ttext é', 'plain\ttext é'],
    [`${ESC}[32mok${ESC}[0m`, `${ESC}[32mok${ESC}[0m${ESC}[0m`],
    [`${ESC}]52;c;aGk=\u0007`, '␛]52;c;aGk=␇'],
    [`${ESC}[2J${ESC}[H`, '␛[2J␛[H'],
    ['a\rb\u009b31m', 'a␍b\ufffd31m'],
  ])('%j cannot do anything to a terminal', (message, expected) => {
    expect(visible(message)).toBe(expected);
  });
});

describe('a hit', () => {
  const hit = { ...line, id: 'c0ffee-abc-ya' };
  test('is a line of text, with its fields in CSV, or JSON', () => {
    expect(formatHit(hit, 'text')).toBe(`${line.time}  shop/${line.pod}  ERROR  ${line.message}`);
    expect(formatHit('header', 'csv')).toBe('time,namespace,pod,container,node,stream,level,message');
    expect(formatHit({ ...hit, message: '=cmd|"x", y' }, 'csv')).toBe(
      `${line.time},shop,${line.pod},main,node-1,stderr,error,"'=cmd|""x"", y"`,
    );
    expect(JSON.parse(formatHit(hit, 'ndjson'))).toEqual(hit);
  });
});

describe('a histogram', () => {
  const paint = painter({}, {});
  test('has a row for each interval, empty ones too, with its shares of levels', () => {
    const lines = [
      ...Array.from({ length: 8 }, () => ({ time: '2026-11-29T14:00:00.5Z', level: 'info' })),
      { time: '2026-11-29T14:00:09.9Z', level: 'error' },
      { time: '2026-11-29T14:00:25Z', level: 'warn' },
    ];
    expect(renderHistogram(barsOf(lines, 10_000), 10_000, paint)).toBe(
      [
        `14:00:00          9  ████${'░'.repeat(36)}`,
        '14:00:10          0',
        '14:00:20          1  ▓▓▓▓',
        '█ error  ▓ warn  ░ other',
      ].join('\n'),
    );
  });

  test('names the day when there are several', () => {
    const bars = [
      { time: '2026-11-29T23:00:00.000Z', count: 1, byLevel: {} },
      { time: '2026-11-30T00:00:00.000Z', count: 2, byLevel: {} },
    ];
    expect(renderHistogram(bars, 3_600_000, paint).split('\n')[1]).toMatch(/^2026-11-30 00:00:00 {10}2 {2}░{40}$/);
  });

  test.each([
    [0, '100ms'],
    [60_000, '5s'],
    [900_000, '30s'],
    [86_400_000, '1h'],
    [1e12, '7d'],
  ])('of a span of %i ms counts by %s', (spanMs, step) => {
    expect(stepFor(spanMs)).toBe(step);
  });
});
