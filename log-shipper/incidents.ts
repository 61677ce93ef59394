/** What must not pass unseen: lines that are gone, and documents that are not where they are looked for. */
export type IncidentKind = 'linesLost' | 'documentsRefused';

export interface Incident {
  /** So many altogether, over restarts. */
  readonly count: number;
  /** RFC 3339: the last time. */
  readonly lastAt: string;
  readonly reason: string;
}

export type IncidentRecord = Readonly<Partial<Record<IncidentKind, Incident>>>;

/** Remembers when lines were last lost or refused, from counters that begin at nothing with each run. */
export class Incidents {
  readonly #earlier: IncidentRecord;
  readonly #totals = new Map<IncidentKind, number>();
  readonly #now = new Map<IncidentKind, Incident>();

  /** `earlier`: as the last run left them. */
  constructor(earlier: IncidentRecord) {
    this.#earlier = earlier;
  }

  /** `total`: since the start of this run. */
  observe(kind: IncidentKind, total: number, reason: string, at: string): void {
    if (total <= (this.#totals.get(kind) ?? 0)) return;
    this.#totals.set(kind, total);
    this.#now.set(kind, { count: (this.#earlier[kind]?.count ?? 0) + total, lastAt: at, reason });
  }

  all(): IncidentRecord {
    return { ...this.#earlier, ...Object.fromEntries(this.#now) };
  }
}

/** Incidents in what may be a status file's content; what is not one is left out. */
export function incidentsIn(value: unknown): IncidentRecord {
  const found: Partial<Record<IncidentKind, Incident>> = {};
  const record = (value ?? {}) as Readonly<Partial<Record<IncidentKind, Partial<Incident> | null>>>;
  for (const kind of ['linesLost', 'documentsRefused'] as const) {
    const { count, lastAt, reason } = record[kind] ?? {};
    if (typeof count === 'number' && typeof lastAt === 'string' && typeof reason === 'string') {
      found[kind] = { count, lastAt, reason };
    }
  }
  return found;
}
