import type { LogResult } from '../../../lib/log-query.ts';
import { html } from '../vendor/htm-preact.js';

const HEIGHT = 60;
const WIDTH = 600;

/** Lines over time; the red part of a bar is errors. Choosing a bar narrows the search to its interval. */
export function Histogram({
  bars,
  onChoose,
}: {
  readonly bars: NonNullable<LogResult['histogram']>;
  readonly onChoose: (time: string) => void;
}) {
  const most = Math.max(1, ...bars.map((bar) => bar.count));
  const step = WIDTH / Math.max(1, bars.length);
  return html`<svg
    class="histogram"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    preserveAspectRatio="none"
    role="img"
    aria-label="lines over time, at most ${most} in an interval"
  >
    ${bars.map((bar, index) => {
      const errors = (bar.byLevel['error'] ?? 0) + (bar.byLevel['fatal'] ?? 0);
      const height = (bar.count / most) * HEIGHT;
      const errorHeight = (errors / most) * HEIGHT;
      return html`<g key=${bar.time} onClick=${() => onChoose(bar.time)}>
        <title>${bar.time}: ${bar.count} lines${errors > 0 ? `, ${errors} errors` : ''}</title>
        <rect class="bar" x=${index * step} y=${HEIGHT - height} width=${Math.max(1, step - 1)} height=${height} />
        ${errors > 0 && html`<rect class="bar error" x=${index * step} y=${HEIGHT - errorHeight} width=${Math.max(1, step - 1)} height=${errorHeight} />`}
      </g>`;
    })}
  </svg>`;
}
