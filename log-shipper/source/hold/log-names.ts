/** A name under which a file of one log is found. */
export interface LogName {
  readonly name: string;
  readonly compressed: boolean;
}

/** `log.1` (Docker, logrotate), `log.20260102-030405` (kubelet), `log-20260102` (logrotate's dateext), each also compressed. */
const rotatedSuffix = /^(?:\.(\d{1,4})|[.-](\d{8}(?:-?\d{1,6})?))(\.gz)?$/;

/**
 * The names in a folder that belong to the log called `base`, newest first: the file that is written, then `.1`, `.2`…, then dated ones. A compressed file whose
 * original is still there is left out: it is being made.
 */
export function namesOfLog(base: string, entries: readonly string[]): readonly LogName[] {
  const found = new Map<string, LogName & { readonly age: number; readonly date: string }>();
  for (const name of entries) {
    if (!name.startsWith(base)) continue;
    if (name === base) {
      found.set('', { name, compressed: false, age: -1, date: '' });
      continue;
    }
    const match = rotatedSuffix.exec(name.slice(base.length));
    if (!match) continue;
    const compressed = match[3] !== undefined;
    const stem = compressed ? name.slice(base.length, -'.gz'.length) : name.slice(base.length);
    if (compressed && found.has(stem)) continue;
    found.set(stem, { name, compressed, age: Number(match[1] ?? 0), date: match[2] ?? '' });
  }
  return [...found.values()].sort(
    (a, b) => Number(a.date !== '') - Number(b.date !== '') || a.age - b.age || compareText(b.date, a.date),
  );
}

/** The log that a name in a folder of several logs may belong to: tries the name itself, then what stands before each of its separators. */
export function logOfName<T>(name: string, logs: ReadonlyMap<string, T>): T | undefined {
  const direct = logs.get(name);
  if (direct !== undefined) return direct;
  for (let end = name.length - 1; end > 0; end--) {
    const char = name[end];
    if (char !== '.' && char !== '-') continue;
    const log = logs.get(name.slice(0, end));
    if (log !== undefined) return log;
  }
  return undefined;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
