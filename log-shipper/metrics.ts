import type { ContainerFigures, ShipperFigures } from './figures.ts';
import { containerFamilies, holdFamilies, outputFamilies, type Family } from './metric-families.ts';

/** Containers that are shown one by one, over all outputs; beyond, only the sums, so that labels stay bounded. */
const MAX_CONTAINERS = 1_000;

/** Prometheus' text format. */
export function renderMetrics({ held, outputs }: ShipperFigures): string {
  const out = new Exposition();
  for (const family of holdFamilies) out.samples(family, new Map([['', [held]]]));
  const byOutput = new Map(outputs.map((output) => [`output="${escape(output.name)}"`, [output]]));
  for (const family of outputFamilies) out.samples(family, byOutput);
  const byContainer = new Map<string, ContainerFigures[]>();
  const each = Math.floor(MAX_CONTAINERS / Math.max(1, outputs.length));
  for (const { name, containers } of outputs) {
    for (const figures of containers.slice(0, each)) {
      const labels = containerLabels(name, figures);
      // Runs of one container have the same labels.
      const runs = byContainer.get(labels);
      if (runs) runs.push(figures);
      else byContainer.set(labels, [figures]);
    }
  }
  for (const family of containerFamilies) out.samples(family, byContainer);
  return out.text();
}

class Exposition {
  readonly #lines: string[] = [];
  #name = '';

  /** A sample for each set of labels; of several figures the sum of a counter and the largest of a gauge. */
  samples<T>(family: Family<T>, byLabels: ReadonlyMap<string, readonly T[]>): void {
    const { name, type, help, reason, value } = family;
    if (name !== this.#name) {
      this.#lines.push(`# HELP vigil_log_shipper_${name} ${help}`, `# TYPE vigil_log_shipper_${name} ${type}`);
      this.#name = name;
    }
    for (const [labels, figures] of byLabels) {
      const values = figures.map(value);
      const all = [labels, reason === undefined ? '' : `reason="${reason}"`].filter(Boolean).join(',');
      const total = type === 'gauge' ? Math.max(...values) : values.reduce((sum, one) => sum + one, 0);
      this.#lines.push(`vigil_log_shipper_${name}${all === '' ? '' : `{${all}}`} ${total}`);
    }
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function containerLabels(output: string, { source }: ContainerFigures): string {
  const { namespace, pod, container } = source;
  return `output="${escape(output)}",namespace="${escape(namespace)}",pod="${escape(pod)}",container="${escape(container)}"`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
