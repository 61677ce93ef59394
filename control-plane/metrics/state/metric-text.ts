export type LabelValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** Collects samples by metric and writes them in Prometheus' text format, each metric once with its help and type. */
export class MetricText {
  readonly #families = new Map<string, { readonly head: string; readonly lines: string[] }>();

  /** An absent value writes nothing: a metric that is not known is not 0. */
  gauge(name: string, help: string, labels: LabelValues, value: number | boolean | undefined): void {
    this.#add(name, help, 'gauge', labels, value);
  }

  counter(name: string, help: string, labels: LabelValues, value: number | undefined): void {
    this.#add(name, help, 'counter', labels, value);
  }

  /** Whole seconds since the epoch of an API time, as kube-state-metrics has them. */
  time(name: string, help: string, labels: LabelValues, time: string | undefined): void {
    const timeMs = Date.parse(time ?? '');
    this.gauge(name, help, labels, Number.isNaN(timeMs) ? undefined : Math.floor(timeMs / 1000));
  }

  /** One sample for each possible value: 1 for the one it is, 0 for the others. */
  state(
    name: string,
    help: string,
    labels: LabelValues,
    label: string,
    values: readonly string[],
    actual: string | undefined,
  ): void {
    for (const value of values) this.gauge(name, help, { ...labels, [label]: value }, value === actual);
  }

  toString(): string {
    const parts: string[] = [];
    for (const { head, lines } of this.#families.values()) parts.push(head, ...lines);
    return parts.join('');
  }

  #add(name: string, help: string, type: string, labels: LabelValues, value: number | boolean | undefined): void {
    if (value === undefined) return;
    let family = this.#families.get(name);
    if (!family) {
      family = { head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, lines: [] };
      this.#families.set(name, family);
    }
    family.lines.push(`${name}{${labelText(labels)}} ${Number(value)}\n`);
  }
}

function labelText(labels: LabelValues): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(labels)) parts.push(`${name}="${escaped(String(value ?? ''))}"`);
  return parts.join(',');
}

function escaped(text: string): string {
  return /["\\\n]/.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : text;
}
