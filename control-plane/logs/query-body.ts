import { statusError } from '../../lib/kube/status-errors.ts';
import { logDatasets, logQueryLimits, type LogQuery } from '../../lib/log-query.ts';

const stringFields = [
  'query',
  'stream',
  'level',
  'since',
  'until',
  'order',
  'after',
  'histogramInterval',
  'labelSelector',
  'dataset',
] as const;
const listFields = ['grep', 'exclude', 'pods', 'podUids', 'containers', 'containerIds', 'nodes', 'groupBy'] as const;
const numberFields = ['size', 'context'] as const;
const flagFields = ['fields', 'source'] as const;
const known = new Set<string>([
  ...stringFields,
  ...listFields,
  ...numberFields,
  ...flagFields,
  'workload',
  'top',
  'kind',
  'apiVersion',
]);
const choices: Readonly<Record<string, readonly string[]>> = {
  dataset: logDatasets,
  stream: ['stdout', 'stderr'],
  order: ['newest', 'oldest'],
};
/** A list longer than this is not a selection by a person. */
const MAX_LIST = 1000;
const MAX_STRING_LENGTH = 4096;

/** The body of a request as a `LogQuery`: its shape is checked here, what the texts say where they are used. Throws 400 that names the field. */
export function queryOfBody(body: unknown): LogQuery {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    throw invalid('the body must be a LogQuery object');
  const fields = body as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(fields)) if (!known.has(name)) throw invalid(`unknown field "${name}"`);
  const given = (name: string) => fields[name] !== undefined;
  for (const name of stringFields.filter(given))
    if (!isText(fields[name])) throw invalid(`${name}: must be a string of at most ${MAX_STRING_LENGTH} characters`);
  for (const name of listFields.filter(given)) {
    const value = fields[name];
    if (!Array.isArray(value) || value.length > MAX_LIST || !value.every(isText))
      throw invalid(`${name}: must be a list of at most ${MAX_LIST} strings`);
  }
  for (const name of numberFields.filter(given)) {
    const value = fields[name];
    if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > logQueryLimits[name])
      throw invalid(`${name}: must be a whole number from 0 to ${logQueryLimits[name]}`);
  }
  for (const name of flagFields.filter(given))
    if (typeof fields[name] !== 'boolean') throw invalid(`${name}: must be true or false`);
  for (const [name, values] of Object.entries(choices)) {
    const value = fields[name];
    if (typeof value === 'string' && !values.includes(value))
      throw invalid(`${name}: "${value}" is not one of ${values.join(', ')}`);
  }
  for (const name of ['grep', 'exclude'].filter(given))
    if ((fields[name] as unknown[]).length > logQueryLimits.patterns)
      throw invalid(`${name}: at most ${logQueryLimits.patterns} patterns`);
  if (given('groupBy') && (fields['groupBy'] as unknown[]).length > logQueryLimits.groupBy)
    throw invalid(`groupBy: at most ${logQueryLimits.groupBy} fields`);
  if (given('workload') && !isWorkload(fields['workload']))
    throw invalid('workload: must have the strings kind and name');
  if (given('top') && !isTop(fields['top']))
    throw invalid(
      `top: must be a list of at most ${logQueryLimits.top} objects with a field and a size from 1 to ${logQueryLimits.topValues}`,
    );
  return fields;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_STRING_LENGTH;
}

function isWorkload(value: unknown): boolean {
  const { kind, name } = (value ?? {}) as { readonly kind?: unknown; readonly name?: unknown };
  return isText(kind) && isText(name);
}

function isTop(value: unknown): boolean {
  if (!Array.isArray(value) || value.length > logQueryLimits.top) return false;
  return value.every((item: unknown) => {
    const { field, size = 1 } = (item ?? {}) as { readonly field?: unknown; readonly size?: unknown };
    return isText(field) && Number.isInteger(size) && Number(size) >= 1 && Number(size) <= logQueryLimits.topValues;
  });
}

function invalid(message: string): Error {
  return statusError(400, 'BadRequest', message);
}
