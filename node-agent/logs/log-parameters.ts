import { VigilError } from '../../lib/errors.ts';
import { parsePosition, type LogPosition } from '../../lib/log-position.ts';
import { parseNanoTime, type NanoTime } from '../../lib/nano-time.ts';

/** What is asked of a container's log, checked. */
export interface LogParameters {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly since?: NanoTime | undefined;
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
  readonly timestamps: boolean;
  readonly stream: 'all' | 'stdout' | 'stderr';
  readonly format: 'text' | 'records';
  /** Only what comes behind this position. */
  readonly after?: LogPosition | undefined;
  readonly containerId?: string | undefined;
}

/** Reads the query of `/containerLogs`. Throws `PARAMETER_INVALID` naming the parameter. */
export function parseLogParameters(query: URLSearchParams, nowMs: number): LogParameters {
  const sinceSeconds = wholeNumber(query, 'sinceSeconds');
  const sinceTime = query.get('sinceTime');
  if (sinceSeconds !== undefined && sinceTime !== null)
    throw invalid('at most one of sinceTime or sinceSeconds may be specified');
  if (sinceSeconds === 0) throw invalid('sinceSeconds must be greater than 0');
  const tailLines = wholeNumber(query, 'tailLines');
  const limitBytes = wholeNumber(query, 'limitBytes');
  if (limitBytes === 0) throw invalid('limitBytes must be greater than 0');
  return {
    follow: flag(query, 'follow'),
    previous: flag(query, 'previous'),
    since: sinceSeconds === undefined ? timeOf(sinceTime) : { ms: nowMs - sinceSeconds * 1000, subNs: 0 },
    tailLines,
    limitBytes,
    timestamps: flag(query, 'timestamps'),
    stream: streamOf(query.get('stream')),
    format: formatOf(query.get('format')),
    after: positionOf(query.get('after')),
    containerId: containerIdOf(query.get('containerId')),
  };
}

function flag(query: URLSearchParams, name: string): boolean {
  const text = query.get(name);
  if (text === null || text === '' || text === 'false' || text === '0') return text === '';
  if (text === 'true' || text === '1') return true;
  throw invalid(`${name} must be true or false`);
}

function wholeNumber(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalid(`${name} must be a whole number that is not negative`);
  return Number(text);
}

function timeOf(text: string | null): NanoTime | undefined {
  if (text === null || text === '') return undefined;
  const time = parseNanoTime(text);
  if (!time) throw invalid('sinceTime must be an RFC 3339 time');
  return time;
}

function streamOf(text: string | null): LogParameters['stream'] {
  switch (text ?? 'All') {
    case 'All':
    case '':
      return 'all';
    case 'Stdout':
      return 'stdout';
    case 'Stderr':
      return 'stderr';
    default:
      throw invalid('stream must be All, Stdout or Stderr');
  }
}

function formatOf(text: string | null): LogParameters['format'] {
  if (text === null || text === '' || text === 'text') return 'text';
  if (text === 'records') return 'records';
  throw invalid('format must be text or records');
}

function positionOf(text: string | null): LogPosition | undefined {
  if (text === null || text === '') return undefined;
  const position = parsePosition(text);
  if (!position) throw invalid('after must be a position, <rotation>-<offset in base 36>');
  return position;
}

function containerIdOf(text: string | null): string | undefined {
  if (text === null || text === '') return undefined;
  const id = text.replace(/^docker:\/\//, '');
  if (!/^[0-9a-f]{12,64}$/.test(id)) throw invalid('containerId must be a container ID');
  return id;
}

function invalid(message: string): VigilError {
  return new VigilError('PARAMETER_INVALID', 'invalid', message);
}
