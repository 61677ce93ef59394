import type { LogResult } from '../../../lib/log-query.ts';
import { fieldsOf } from '../data/log-search.ts';
import type { LogRoute } from '../data/log-route.ts';
import { html, useState } from '../vendor/htm-preact.js';

/** The most frequent values of fields among all matches: choosing one narrows the query to it, `−` leaves it out. */
export function FieldValues({
  route,
  counts,
  onTerm,
  onField,
}: {
  readonly route: LogRoute;
  readonly counts: LogResult | undefined;
  readonly onTerm: (field: string, value: string, isNegated: boolean) => void;
  readonly onField: (field: string) => void;
}) {
  return html`<aside class="fields" aria-label="Top values">
    ${counts?.top
      ?.filter((top) => top.values.length > 0)
      .map(
        ({ field, values, other }) =>
          html`<section key=${field} aria-label=${field}>
            <h4>${field}</h4>
            <ul>
              ${values.map(
                ({ value, count }) =>
                  html`<li key=${value}>
                    <button
                      type="button"
                      class="value"
                      title="only ${value}"
                      onClick=${() => onTerm(field, value, false)}
                    >
                      ${value}
                    </button>
                    <span class="count">${count}</span>
                    <button
                      type="button"
                      class="not"
                      title="without ${value}"
                      aria-label="without ${value}"
                      onClick=${() => onTerm(field, value, true)}
                    >
                      −
                    </button>
                  </li>`,
              )}
              ${other > 0 && html`<li class="hint"><span>others</span> <span class="count">${other}</span></li>`}
            </ul>
          </section>`,
      )}
    <${MoreFields} key=${route.query + route.namespace + route.span} route=${route} onField=${onField} />
  </aside>`;
}

/** What other fields there are: looked for when it is opened. */
function MoreFields({ route, onField }: { readonly route: LogRoute; readonly onField: (field: string) => void }) {
  const [fields, setFields] = useState<LogResult['fields']>(undefined);
  const [problem, setProblem] = useState('');
  const open = (event: Event) => {
    if (!(event.currentTarget as HTMLDetailsElement).open || fields) return;
    fieldsOf(route, AbortSignal.timeout(30_000)).then(setFields, (error: unknown) =>
      setProblem(error instanceof Error ? error.message : String(error)),
    );
  };
  return html`<details onToggle=${open}>
    <summary>all fields</summary>
    ${problem !== '' && html`<p class="problem" role="alert">${problem}</p>`}
    <ul>
      ${fields?.fields
        .filter((field) => field.name !== 'message' && field.name !== 'time')
        .map(
          (field) =>
            html`<li key=${field.name}>
              <button
                type="button"
                class="value"
                title=${field.examples.join(' · ')}
                onClick=${() => onField(field.name)}
              >
                ${field.name}
              </button>
              <span class="count">${Math.round((field.count / Math.max(1, fields.sampled)) * 100)} %</span>
            </li>`,
        )}
    </ul>
  </details>`;
}
