/**
 * Parses a search's answer, keeping sort values in nanoseconds, which a JavaScript number would round, as strings of their digits. They are found in the text: in JSON no
 * string holds `"sort":[` without backslashes, and to look at every value with a reviver would take several times as long as parsing.
 */
export function parseWithExactSort(text: string): unknown {
  return JSON.parse(text.replaceAll(/"sort":\[(-?\d{16,20})(?=[,\]])/g, '"sort":["$1"')) as unknown;
}
