import type { Environment } from '@marcbachmann/cel-js';

/** Conversions of times that the library has not: `string` of timestamps and durations, `int` of timestamps. */
export function addConversions(environment: Environment): void {
  environment
    .registerFunction('string(google.protobuf.Timestamp): string', timestampText)
    .registerFunction('string(google.protobuf.Duration): string', String)
    .registerFunction('int(google.protobuf.Timestamp): int', (time: Date) =>
      BigInt(Math.floor(time.getTime() / 1_000)),
    );
}

/** RFC 3339, with no more digits of the second than there are. */
export function timestampText(time: Date): string {
  return time.toISOString().replace(/\.?0*Z$/, 'Z');
}
