/** Labels of one series; an empty value is written, as cAdvisor does. */
export type Labels = Readonly<Record<string, string>>;

/** Writes Prometheus' text format, one family after the other. */
export class Exposition {
  readonly #lines: string[] = [];

  /** One family; a sample without value is left out, and a family without samples too. */
  family(
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    samples: Iterable<readonly [Labels, number | undefined, timeMs?: number]>,
  ): this {
    const lines: string[] = [];
    for (const [labels, value, timeMs] of samples) {
      if (value === undefined) continue;
      lines.push(`${name}${labelText(labels)} ${value}${timeMs === undefined ? '' : ` ${timeMs}`}`);
    }
    if (lines.length > 0) this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines);
    return this;
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
