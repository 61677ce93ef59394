import { parseDurationMs } from '../../lib/duration.ts';
import { badRequest } from '../engine/store-error.ts';
import { textOf } from '../text-of.ts';
import type { Retention } from './retention.ts';

/** Where the lifecycle of a data stream is kept among its settings. */
export const LIFECYCLE_SETTING = 'vigil.lifecycle';

/** What `PUT _data_stream/{name}/_lifecycle` takes: `max_size` is Vigil's own. */
export interface StreamLifecycle {
  readonly data_retention?: string;
  readonly max_size?: string;
}

const sizeUnits: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 };

/** Bytes of `50gb`, `512mb`, `1024`; `undefined` for what is no size. */
export function parseSizeBytes(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?b)?$/i.exec(text.trim());
  return match ? Math.floor(Number(match[1]) * (sizeUnits[match[2]?.toLowerCase() ?? 'b'] ?? 1)) : undefined;
}

/** Reads a lifecycle as a client writes it. Throws a 400 that names the field. */
export function parseLifecycle(body: Readonly<Record<string, unknown>>): StreamLifecycle {
  for (const name of Object.keys(body)) {
    if (!['data_retention', 'max_size', 'enabled', 'downsampling'].includes(name)) {
      throw badRequest(`[lifecycle] unknown field [${name}]: data_retention (7d) and max_size (50gb) are kept`);
    }
  }
  if (body['downsampling'] !== undefined) throw badRequest('[lifecycle] downsampling is not supported');
  if (body['enabled'] === false) return {};
  const { data_retention: age, max_size: size } = body;
  if (age !== undefined && age !== null && parseDurationMs(textOf(age)) === undefined) {
    throw badRequest(
      `[lifecycle] failed to parse [data_retention] with value [${textOf(age)}] as a time value such as 7d`,
    );
  }
  if (size !== undefined && size !== null && parseSizeBytes(textOf(size)) === undefined) {
    throw badRequest(`[lifecycle] failed to parse [max_size] with value [${textOf(size)}] as a size such as 50gb`);
  }
  return {
    ...(age === undefined || age === null ? {} : { data_retention: textOf(age) }),
    ...(size === undefined || size === null ? {} : { max_size: textOf(size) }),
  };
}

/** The lifecycle among a stream's settings, as it was put or came from its template. */
export function lifecycleOf(settings: Readonly<Record<string, unknown>>): StreamLifecycle | undefined {
  return settings[LIFECYCLE_SETTING] as StreamLifecycle | undefined;
}

/** Bounds of one data stream: its own lifecycle, and the delete phase of the ILM policy that its settings name. Where several apply, the tightest counts. */
export function boundsOf(
  settings: Readonly<Record<string, unknown>>,
  policies: ReadonlyMap<string, unknown>,
): Retention {
  const own = lifecycleOf(settings);
  const index = settings['index'] as { lifecycle?: { name?: unknown } } | undefined;
  const policy = policies.get(`ilm/${textOf(settings['index.lifecycle.name'] ?? index?.lifecycle?.name ?? '')}`);
  const phases = (policy as { policy?: { phases?: { delete?: { min_age?: unknown } } } } | undefined)?.policy?.phases;
  const ages = [own?.data_retention, phases?.delete && textOf(phases.delete.min_age ?? '0ms')];
  return {
    maxAgeMs: Math.min(...ages.map((age) => (age === undefined ? undefined : parseDurationMs(age)) ?? Infinity)),
    maxBytes: (own?.max_size === undefined ? undefined : parseSizeBytes(own.max_size)) ?? Infinity,
  };
}
