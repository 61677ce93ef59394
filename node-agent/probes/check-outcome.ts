/** What one attempt of a check found. `errored`: it could not be run, which says nothing about the container. */
export interface CheckOutcome {
  readonly result: 'success' | 'failure' | 'errored';
  /** What the container answered, or why it did not; bounded. */
  readonly output: string;
  /** Succeeded in a way that somebody should look at. */
  readonly isWarning?: boolean | undefined;
}

/** Of what a container answers, so much is kept. */
export const MAX_OUTPUT_BYTES = 1024;

export function success(output: string): CheckOutcome {
  return { result: 'success', output: cut(output) };
}

export function failure(output: string): CheckOutcome {
  return { result: 'failure', output: cut(output) };
}

export function errored(output: string): CheckOutcome {
  return { result: 'errored', output: cut(output) };
}

/** At most `MAX_OUTPUT_BYTES` bytes of UTF-8, no character torn. */
export function cut(text: string): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= MAX_OUTPUT_BYTES) return text;
  return new TextDecoder('utf-8', { fatal: false }).decode(bytes.subarray(0, MAX_OUTPUT_BYTES)).replace(/\uFFFD$/, '');
}
