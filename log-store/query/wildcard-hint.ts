/**
 * What a whole text must have so that one of its words can match a wildcard pattern: as many characters, and the pattern's longest plain piece. A test that is cheap beside
 * splitting the text into words. The text is given in lower case, as the words are.
 */
export function wildcardHint(pattern: string, ignoreCase: boolean): (lowerText: string) => boolean {
  const pieces = [''];
  let length = 0;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? '';
    if (char === '*' || char === '?') {
      pieces.push('');
      // A character beyond the basic plane is one "?" and two in length: never more than the text has.
      if (char === '?') length++;
      continue;
    }
    const plain = char === '\\' && at + 1 < pattern.length ? (pattern[++at] ?? '') : char;
    pieces[pieces.length - 1] += plain;
    length++;
  }
  const [longest = ''] = pieces.sort((a, b) => b.length - a.length);
  const piece = ignoreCase ? longest.toLowerCase() : longest;
  return (lowerText) => lowerText.length >= length && lowerText.includes(piece);
}
