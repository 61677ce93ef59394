import { expect, test } from 'vitest';
import { administrator } from '../security/principal.ts';
import { jsonBody, jsonObject } from './request.ts';

const bodyOf = (text: string) =>
  jsonBody({
    method: 'POST',
    path: [],
    query: new URLSearchParams(),
    body: Buffer.from(text),
    principal: administrator('none'),
    signal: new AbortController().signal,
  });

test('a position in nanoseconds that a client sends back is not rounded, or a page would begin with the last line of the one before', () => {
  expect(bodyOf('{"search_after":[1795951790346107229,433220]}')).toEqual({
    search_after: ['1795951790346107229', 433_220],
  });
});

test('nor in a line of several searches, whose mistakes are told of the line', () => {
  expect(jsonObject('{"search_after":[1795951790346107229]}', 'a line of _msearch')).toEqual({
    search_after: ['1795951790346107229'],
  });
  expect(() => jsonObject('null', 'a line of _msearch')).toThrow('a line of _msearch is a JSON object');
});

test.each([
  ['{', 'the body is not JSON'],
  ['[]', 'the body is a JSON object'],
  ['null', 'the body is a JSON object'],
])('%s is refused', (text, message) => {
  expect(() => bodyOf(text)).toThrow(message);
});
