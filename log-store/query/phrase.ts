/** Positions tried for one phrase in one text, so that texts of one repeated word stay cheap. */
const MAX_STEPS = 10_000;

/**
 * Whether the words stand in the text in this order, moved by at most `slop` positions altogether, as Lucene's sloppy phrases: two words that changed places are
 * two moves. With `prefix` the last word may go on.
 */
export function hasPhrase(tokens: readonly string[], words: readonly string[], slop: number, prefix: boolean): boolean {
  if (words.length > tokens.length) return false;
  const fits = (token: string, n: number) =>
    prefix && n === words.length - 1 ? token.startsWith(words[n] ?? '') : token === words[n];
  return slop > 0 ? sloppy(tokens, words.length, slop, fits) : exact(tokens, words.length, fits);
}

/** The numbers of the tokens that belong to any occurrence of the phrase. */
export function phrasePositions(
  tokens: readonly string[],
  words: readonly string[],
  slop: number,
  prefix: boolean,
): ReadonlySet<number> {
  const found = new Set<number>();
  const reach = words.length + slop;
  for (let start = 0; start < tokens.length; start++) {
    // The shortest run from here that has the phrase: longer ones begin or end with words that do not belong to it.
    for (let length = words.length; length <= reach; length++) {
      const run = tokens.slice(start, start + length);
      if (run.length < length) break;
      if (!hasPhrase(run, words, slop, prefix)) continue;
      const last = words.at(-1) ?? '';
      run.forEach((token, n) => {
        if (words.includes(token) || (prefix && token.startsWith(last))) found.add(start + n);
      });
      break;
    }
  }
  return found;
}

type Fits = (token: string, word: number) => boolean;

function exact(tokens: readonly string[], count: number, fits: Fits): boolean {
  for (let start = 0; start + count <= tokens.length; start++) {
    let n = 0;
    while (n < count && fits(tokens[start + n] ?? '', n)) n++;
    if (n === count) return true;
  }
  return false;
}

/** Chooses a position for each word; what counts is how far the words are from where they would stand in the exact phrase. */
function sloppy(tokens: readonly string[], count: number, slop: number, fits: Fits): boolean {
  const places: number[][] = [];
  for (let n = 0; n < count; n++) {
    const found = tokens.flatMap((token, at) => (fits(token, n) ? [at] : []));
    if (found.length === 0) return false;
    places.push(found);
  }
  const used = new Set<number>();
  let steps = 0;
  const place = (n: number, least: number, most: number): boolean => {
    if (n === count) return true;
    for (const at of places[n] ?? []) {
      if (++steps > MAX_STEPS) return false;
      const moved = at - n;
      const [low, high] = [Math.min(least, moved), Math.max(most, moved)];
      if (used.has(at) || high - low > slop) continue;
      used.add(at);
      if (place(n + 1, low, high)) return true;
      used.delete(at);
    }
    return false;
  };
  return place(0, Infinity, -Infinity);
}
