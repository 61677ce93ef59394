import { logLevels } from '../../lib/log-record.ts';
import type { LogBar } from '../../lib/log-query.ts';
import type { Paint, Tone } from '../output/colour.ts';

/** Intervals that people count in. */
const steps: readonly (readonly [text: string, ms: number])[] = [
  ['100ms', 100],
  ['1s', 1000],
  ['5s', 5000],
  ['10s', 10_000],
  ['30s', 30_000],
  ['1m', 60_000],
  ['5m', 300_000],
  ['10m', 600_000],
  ['30m', 1_800_000],
  ['1h', 3_600_000],
  ['3h', 10_800_000],
  ['12h', 43_200_000],
  ['1d', 86_400_000],
  ['7d', 604_800_000],
];
/** Rows that fit a screen. */
const WANTED_ROWS = 30;
/** More rows than this are left to `-o json`: gaps are not filled then. */
const MAX_ROWS = 500;
const BAR_WIDTH = 40;
const WIDEST_COUNT = 9;

/** The interval that shows a span in about a screenful of rows. */
export function stepFor(spanMs: number): string {
  const [text] = steps.find(([, ms]) => spanMs / ms <= WANTED_ROWS) ?? steps.at(-1) ?? ['1d', 0];
  return text;
}

interface Share {
  readonly glyph: string;
  readonly tone: Tone;
  readonly levels: readonly string[];
}

/** What a bar is made of, worst first. Glyphs differ, so that colour never stands alone. */
const shares: readonly Share[] = [
  { glyph: '█', tone: 'bad', levels: ['error', 'fatal'] },
  { glyph: '▓', tone: 'warn', levels: ['warn'] },
  { glyph: '░', tone: 'plain', levels: logLevels.filter((level) => !['warn', 'error', 'fatal'].includes(level)) },
];

/** Bars over time with their shares of levels, empty intervals included, and a line that says what the glyphs mean. */
export function renderHistogram(bars: readonly LogBar[], intervalMs: number, paint: Paint): string {
  const rows = filled(bars, intervalMs);
  const most = Math.max(1, ...rows.map((bar) => bar.count));
  const isDated = rows.length > 0 && rows[0]?.time.slice(0, 10) !== rows.at(-1)?.time.slice(0, 10);
  const lines = rows.map((bar) => {
    const time = isDated
      ? `${bar.time.slice(0, 10)} ${bar.time.slice(11, 19)}`
      : bar.time.slice(11, intervalMs < 1000 ? 23 : 19);
    return `${time}  ${String(bar.count).padStart(WIDEST_COUNT)}  ${barOf(bar, most, paint)}`.trimEnd();
  });
  return [...lines, paint('dim', '█ error  ▓ warn  ░ other')].join('\n');
}

function filled(bars: readonly LogBar[], intervalMs: number): readonly LogBar[] {
  const [first] = bars;
  const last = bars.at(-1);
  if (!first || !last || intervalMs <= 0) return bars;
  const startMs = Date.parse(first.time);
  const count = Math.round((Date.parse(last.time) - startMs) / intervalMs) + 1;
  if (count > MAX_ROWS) return bars;
  const known = new Map(bars.map((bar) => [Date.parse(bar.time), bar]));
  return Array.from({ length: count }, (_, n) => {
    const ms = startMs + n * intervalMs;
    return known.get(ms) ?? { time: new Date(ms).toISOString(), count: 0, byLevel: {} };
  });
}

function barOf(bar: LogBar, most: number, paint: Paint): string {
  const width = bar.count === 0 ? 0 : Math.max(1, Math.round((bar.count / most) * BAR_WIDTH));
  let left = width;
  let text = '';
  for (const { glyph, tone, levels } of shares.slice(0, -1)) {
    const lines = levels.reduce((sum, level) => sum + (bar.byLevel[level] ?? 0), 0);
    // One error among thousands is still seen.
    const cells = lines === 0 ? 0 : Math.min(left, Math.max(1, Math.round((lines / bar.count) * width)));
    text += cells === 0 ? '' : paint(tone, glyph.repeat(cells));
    left -= cells;
  }
  return text + '░'.repeat(left);
}

/** Counts lines by interval and level. Lines without a time are left out. */
export function barsOf(
  lines: readonly { readonly time: string; readonly level?: string | undefined }[],
  intervalMs: number,
): LogBar[] {
  const bars = new Map<number, { count: number; byLevel: Record<string, number> }>();
  for (const { time, level } of lines) {
    const ms = Math.floor(Date.parse(time) / intervalMs) * intervalMs;
    if (Number.isNaN(ms)) continue;
    const bar = bars.get(ms) ?? { count: 0, byLevel: {} };
    bars.set(ms, bar);
    bar.count++;
    if (level !== undefined) bar.byLevel[level] = (bar.byLevel[level] ?? 0) + 1;
  }
  return [...bars].sort(([a], [b]) => a - b).map(([ms, bar]) => ({ time: new Date(ms).toISOString(), ...bar }));
}
