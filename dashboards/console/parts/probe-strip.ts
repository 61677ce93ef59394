import type { ProbePoint } from '../../../lib/health-api.ts';
import { html } from '../vendor/htm-preact.js';
import { timeOfDay } from './format.ts';

const BAR = 5;
const HEIGHT = 22;

/** The last results of a probe as bars: height is latency, colour and shape are the outcome; the title of a bar is its record. */
export function ProbeStrip({
  points,
  width = 20,
}: {
  readonly points: readonly ProbePoint[];
  readonly width?: number;
}) {
  const shown = points.slice(-width);
  const slowest = Math.max(1, ...shown.map((point) => point.latencyMs));
  const failures = shown.filter((point) => point.outcome === 'failure').length;
  return html`<svg
    class="strip"
    width=${width * BAR}
    height=${HEIGHT}
    role="img"
    aria-label="${shown.length} attempts, ${failures} failed"
  >
    ${shown.map((point, index) => {
      const height = point.outcome === 'success' ? 6 + (point.latencyMs / slowest) * (HEIGHT - 8) : 5;
      return html`<rect
        key=${point.time}
        class=${point.outcome}
        x=${index * BAR}
        y=${HEIGHT - height}
        width=${BAR - 1}
        height=${height}
      >
        <title>
          ${timeOfDay(point.time)} ${point.outcome}, ${point.latencyMs.toFixed(1)} ms, ${point.run} of
          ${point.threshold}${point.output === '' ? '' : `: ${point.output}`}
        </title>
      </rect>`;
    })}
  </svg>`;
}
