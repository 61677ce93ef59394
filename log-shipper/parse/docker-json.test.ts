import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dockerEntry } from '../../test/support/logs/docker-log-files.ts';
import { newDockerLine, parseDockerEntry, parseDockerLine } from './docker-json.ts';

test('any entry that Docker writes is taken apart without parsing, to the same as a parser finds', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.boolean(),
      fc.constantFrom('stdout' as const, 'stderr' as const),
      fc.bigInt(0n, 4_000_000_000_000_000_000n),
      (text, partial, stream, timeNs) => {
        const bytes = Buffer.from(dockerEntry(`${text}${partial ? '' : '\n'}`, timeNs, stream));
        const line = newDockerLine();
        expect(parseDockerLine(bytes, 0, bytes.length - 1, line)).toBe(true);
        const found = {
          text: JSON.parse(`"${bytes.toString('utf8', line.textStart, line.textEnd)}"`) as string,
          partial: line.partial,
          stderr: line.stderr,
          time: bytes.toString('utf8', line.timeStart, line.timeEnd),
        };
        expect(found).toEqual(parseDockerEntry(bytes, 0, bytes.length - 1));
      },
    ),
  );
});

test.each([
  '',
  '{}',
  '{"log":"x"',
  '{"log":"x\\n","stream":"other","time":"2026-01-01T00:00:00Z"}',
  'text "time":"2026-01-01T00:00:00Z"}',
])('%j is not such an entry', (text) => {
  const bytes = Buffer.from(text);
  expect(parseDockerLine(bytes, 0, bytes.length, newDockerLine())).toBe(false);
});
