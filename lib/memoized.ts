/** A pure function of a text that remembers what it answered last: up to `limit` answers, then it begins anew. What it throws is not remembered. */
export function memoized<V extends object | string>(limit: number, compute: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = compute(text);
    if (known.size >= limit) known.clear();
    known.set(text, value);
    return value;
  };
}
