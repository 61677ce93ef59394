import { describe, expect, test } from 'vitest';
import { compileQuery } from './compile-query.ts';

const nowMs = Date.parse('2026-01-02T03:04:05Z');
const clause = (text: string) => compileQuery(text, nowMs).clause;

describe('a query for the store', () => {
  test.each<[string, object]>([
    ['', { match_all: {} }],
    ['timeout', { match: { message: { query: 'timeout', operator: 'and' } } }],
    ['/api/v1', { match_phrase: { message: '/api/v1' } }],
    ['"a b"~2', { match_phrase: { message: { query: 'a b', slop: 2 } } }],
    ['Tim*', { wildcard: { message: { value: 'tim*' } } }],
    [
      '/api/*/pods',
      { bool: { filter: [{ match_phrase: { message: 'api' } }, { match_phrase: { message: 'pods' } }] } },
    ],
    ['level:Warning', { term: { 'log.level': 'warn' } }],
    ['level:>=warn', { terms: { 'log.level': ['warn', 'error', 'fatal'] } }],
    ['level:[debug TO error}', { terms: { 'log.level': ['debug', 'info', 'warn'] } }],
    ['ns:shop', { match: { 'kubernetes.namespace': { query: 'shop', operator: 'and', lenient: true } } }],
    ['pod:hello-*', { wildcard: { 'kubernetes.pod.name': { value: 'hello-*' } } }],
    ['workload:cart', { term: { 'vigil.workload.name': 'cart' } }],
    [
      'workload:deploy/cart',
      {
        bool: {
          filter: [{ term: { 'vigil.workload.kind': 'Deployment' } }, { term: { 'vigil.workload.name': 'cart' } }],
        },
      },
    ],
    ['label.app.kubernetes.io/name:shop', { term: { 'kubernetes.labels.app.kubernetes.io/name': 'shop' } }],
    ['label.app:we*', { prefix: { 'kubernetes.labels.app': 'we' } }],
    ['restarts:>3', { range: { 'vigil.restart_count': { gt: 3 } } }],
    ['time:>=10m', { range: { '@timestamp': { gte: '2026-01-02T02:54:05.000Z' } } }],
    ['time:2026-01-01', { range: { '@timestamp': { gte: '2026-01-01T00:00:00.000Z', lte: '2026-01-01' } } }],
    ['NOT stream:stderr', { bool: { must_not: [{ term: { stream: 'stderr' } }] } }],
    ['pod:/a|b/', { regexp: { 'kubernetes.pod.name': { value: 'a|b' } } }],
  ])('%j', (text, expected) => {
    expect(clause(text)).toEqual(expected);
  });

  test('patterns over messages are matched outside the store', () => {
    expect(compileQuery('/time(out)?/ AND level:error AND NOT message:/retry/', nowMs)).toEqual({
      clause: { term: { 'log.level': 'error' } },
      grep: ['time(out)?'],
      exclude: ['retry'],
    });
  });

  test.each([
    [
      'a OR /b/',
      'a regular expression over messages is joined with AND to the whole query; a word expected at character 6',
    ],
    ['level:>=loud', 'a level (trace, debug, info, warn, error, fatal) expected at character 9'],
    ['stream:out', 'stdout or stderr expected at character 8'],
    ['restarts:many', 'a number expected at character 10'],
    ['time:>10x', 'a unit (ms, s, m, h, d) expected at character 9'],
    ['time:[2026-13-01 TO *]', 'a month from 01 to 12 expected at character 12'],
    ['message:>a', 'a value expected: message has no order at character 9'],
    ['label.app:*x', 'a label with "*" only at the end expected at character 11'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => clause(text)).toThrow(`query: ${message}`);
  });
});
