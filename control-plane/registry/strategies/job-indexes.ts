/** Text that does not say which indexes of a job are meant; the message says why, as the API does. */
export class JobIndexesError extends Error {
  override readonly name = 'JobIndexesError';
}

/** How many indexes of a job with that many completions a list like `0,2-5` names. Throws `JobIndexesError` when they do not rise or are none of its. */
export function countIndexes(text: string, completions: number): number {
  let count = 0;
  let last = -1;
  for (const interval of text === '' ? [] : text.split(',')) {
    const [from = '', to, ...rest] = interval.split('-');
    if (rest.length > 0)
      throw new JobIndexesError(
        `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      );
    const first = indexOf(from, completions);
    mustRise(last, first);
    last = first;
    if (to !== undefined) {
      last = indexOf(to, completions);
      mustRise(first, last);
    }
    count += last - first + 1;
  }
  return count;
}

function indexOf(text: string, completions: number): number {
  if (!/^\+?\d+$/.test(text))
    throw new JobIndexesError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  const index = Number(text);
  if (index >= completions) throw new JobIndexesError(`too large index: ${JSON.stringify(text)}`);
  return index;
}

function mustRise(previous: number, current: number): void {
  if (current <= previous)
    throw new JobIndexesError(`non-increasing order, previous: ${previous}, current: ${current}`);
}
