import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findLineParts, newLineParts } from './line-parts.ts';

const time = '2026-11-29T08:00:00.5Z';

function lineOf(message: string, level: string, offset: number, stream: string): string {
  const log = `${level === '' ? '' : `"level":"${level}",`}"offset":${offset},"file":{"path":"/p"}`;
  return `{"@timestamp":"${time}","stream":"${stream}","message":${JSON.stringify(message)},"log":{${log}},"container":{}}\n`;
}

test('the parts of a line are found whatever its message holds', () => {
  const nasty = fc.constantFrom('","log":{"offset":7,"file":{', '\\"', '"', '', ',"file":{', '\u0000\n', 'ü');
  const message = fc.array(fc.oneof(nasty, fc.string({ unit: 'binary' }))).map((texts) => texts.join(''));
  const level = fc.constantFrom('', 'info', 'error');
  const stream = fc.constantFrom('stdout', 'stderr');
  fc.assert(
    fc.property(message, level, fc.nat({ max: 2 ** 40 }), stream, (text, name, offset, from) => {
      const item = Buffer.from(`head\n${lineOf(text, name, offset, from)}`);
      const parts = newLineParts();
      expect(findLineParts(item, 'head\n'.length, parts)).toBe(true);
      expect(JSON.parse(`"${item.toString('utf8', parts.messageStart, parts.messageEnd)}"`)).toBe(text);
      expect(item.toString('utf8', parts.timeStart, parts.timeEnd)).toBe(time);
      expect([parts.level, parts.offset, parts.stderr]).toEqual([name, offset, from === 'stderr']);
      expect(item.toString('utf8', parts.suffixStart)).toBe(',"file":{"path":"/p"}},"container":{}}\n');
    }),
  );
});

test.each([
  ['a record', '{"@timestamp":"x","message":"m"}\n'],
  ['another order', '{"message":"m","@timestamp":"x","stream":"stdout","log":{"offset":1,"file":{}}}\n'],
  ['no file', '{"@timestamp":"x","stream":"stdout","message":"m","log":{"offset":1}}\n'],
  ['no log', '{"@timestamp":"x","stream":"stdout","message":"m"}\n'],
  ['torn', '{"@timestamp":"x'],
  ['nothing', ''],
])('%s is left to a real parser', (_name, document) => {
  expect(findLineParts(Buffer.from(document), 0, newLineParts())).toBe(false);
});
