/** Samples by metric: labels as text in a fixed order, and the value. */
export type Samples = ReadonlyMap<string, ReadonlyMap<string, number>>;

const sample = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads Prometheus' text format. Throws at a line that is none. */
export function parseSamples(text: string): Samples {
  const samples = new Map<string, Map<string, number>>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, name = '', labels = '', value = ''] = sample.exec(line) ?? [];
    if (name === '') throw new Error(`not a sample: ${line}`);
    const family = samples.get(name) ?? new Map<string, number>();
    family.set(
      [...labels.matchAll(label)]
        .map(([one]) => one)
        .sort()
        .join(','),
      Number(value),
    );
    samples.set(name, family);
  }
  return samples;
}

/** What one side has and the other has not, of the metrics that both have. */
export function differences(own: Samples, others: Samples): readonly string[] {
  const found: string[] = [];
  for (const [name, mine] of own) {
    const theirs = others.get(name);
    if (!theirs) continue;
    for (const [labels, value] of mine) {
      const other = theirs.get(labels);
      if (other !== value) found.push(`${name}{${labels}} is ${value} here, ${other ?? 'absent'} there`);
    }
    for (const [labels, value] of theirs) {
      if (!mine.has(labels)) found.push(`${name}{${labels}} is absent here, ${value} there`);
    }
  }
  return found;
}
