import type { LogHit } from '../../../lib/log-query.ts';
import { formatRoute } from '../data/route.ts';
import { html } from '../vendor/htm-preact.js';
import { timeOfDay } from './format.ts';

/** Lines in order, each linked to its pod's workload. */
export function LogLines({ hits }: { readonly hits: readonly LogHit[] }) {
  if (hits.length === 0) return html`<p class="hint">No lines.</p>`;
  return html`<ol class="lines">
    ${hits.map(
      (hit) =>
        html`<li key=${hit.id} class=${hit.level ?? ''}>
          <time title=${hit.time}>${timeOfDay(hit.time)}</time>
          ${
            hit.workload
              ? html`<a
                  href=${formatRoute('workload', [hit.namespace, hit.workload.kind, hit.workload.name])}
                  title="${hit.namespace}/${hit.pod} on ${hit.node}"
                  >${hit.pod}</a
                >`
              : html`<span>${hit.pod}</span>`
          }
          <span class="message">${hit.message}</span>
        </li>`,
    )}
  </ol>`;
}
