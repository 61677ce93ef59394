import type { LogBar } from '../../../lib/log-query.ts';
import { parseDurationMs } from '../../../lib/duration.ts';
import { html } from '../vendor/htm-preact.js';
import { timeOfDay } from './format.ts';

const HEIGHT = 60;
const WIDTH = 600;

/** Lines over time; the lower parts of a bar are errors and warnings. Choosing a bar narrows the search to its interval. */
export function Histogram({
  bars,
  interval,
  onChoose,
}: {
  readonly bars: readonly LogBar[];
  /** Of one bar, as `15s`. */
  readonly interval: string;
  readonly onChoose: (from: string, to: string) => void;
}) {
  const stepMs = parseDurationMs(interval) ?? 1000;
  const firstMs = Date.parse(bars[0]?.time ?? '');
  const count = Math.max(1, Math.round((Date.parse(bars.at(-1)?.time ?? '') - firstMs) / stepMs) + 1 || 1);
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const step = WIDTH / count;
  return html`<svg
    class="histogram"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label="lines over time, at most ${most} in ${interval}"
  >
    ${bars.map((bar) => {
      const errors = (bar.byLevel['error'] ?? 0) + (bar.byLevel['fatal'] ?? 0);
      const warnings = bar.byLevel['warn'] ?? 0;
      const startMs = Date.parse(bar.time);
      const x = ((startMs - firstMs) / stepMs) * step;
      const part = (name: string, lines: number, below: number) => {
        const height = (lines / most) * HEIGHT;
        return html`<rect
          class=${name}
          x=${x}
          y=${HEIGHT - (below / most) * HEIGHT - height}
          width=${Math.max(1, step - 1)}
          height=${height}
        />`;
      };
      return html`<g key=${bar.time} onClick=${() => onChoose(bar.time, new Date(startMs + stepMs).toISOString())}>
        <title>
          ${timeOfDay(bar.time)}, ${interval}: ${bar.count}
          lines${errors > 0 ? `, ${errors} errors` : ''}${warnings > 0 ? `, ${warnings} warnings` : ''}
        </title>
        ${errors > 0 && part('bar error', errors, 0)} ${warnings > 0 && part('bar warn', warnings, errors)}
        ${part('bar', bar.count - errors - warnings, errors + warnings)}
      </g>`;
    })}
  </svg>`;
}
