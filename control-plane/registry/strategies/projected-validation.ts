import type { Volume } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { forbiddenField, invalidValue, requiredValue } from './field-errors.ts';
import { downwardFiles, fileMode, filePath, keysToPaths } from './volume-files.ts';

type Projected = NonNullable<Volume['projected']>;
type Source = NonNullable<Projected['sources']>[number];

/** A token that is refreshed more often than this would load the API for nothing. */
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** What is wrong with a volume at `at` whose files come from several places. */
export function validateProjected({ defaultMode, sources = [] }: Projected, at: string): readonly FieldError[] {
  return [
    ...fileMode(`${at}.defaultMode`, defaultMode),
    ...sources.flatMap((source, index) => validateSource(source, `${at}.sources[${index}]`, at)),
    ...validateDistinct(sources, at),
  ];
}

function validateSource(source: Source, at: string, volume: string): readonly FieldError[] {
  const errors: FieldError[] = Object.keys(source)
    .slice(1)
    .map((field) => forbiddenField(`${at}.${field}`, 'may not specify more than 1 volume type'));
  for (const kind of ['secret', 'configMap'] as const) {
    const reference = source[kind];
    if (!reference) continue;
    if (!reference.name) errors.push(requiredValue(`${at}.${kind}.name`));
    errors.push(...keysToPaths(reference.items, `${at}.${kind}.items`));
  }
  if (source.downwardAPI) errors.push(...downwardFiles(source.downwardAPI.items, `${at}.downwardAPI`));
  if (source.serviceAccountToken) errors.push(...validateToken(source.serviceAccountToken, at, volume));
  return errors;
}

function validateToken(
  { path, expirationSeconds: seconds }: NonNullable<Source['serviceAccountToken']>,
  at: string,
  volume: string,
): readonly FieldError[] {
  const errors: FieldError[] = [...filePath(`${volume}.path`, path)];
  if (seconds === undefined) return errors;
  const field = `${at}.serviceAccountToken.expirationSeconds`;
  if (seconds < MIN_TOKEN_SECONDS)
    errors.push(invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > MAX_TOKEN_SECONDS)
    errors.push(invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  return errors;
}

/** Each file can come from one place, tokens apart. It is named by the Secret or the ConfigMap it comes from, a field of the pod by its path. */
function validateDistinct(sources: readonly Source[], at: string): readonly FieldError[] {
  const taken = new Set<string>();
  return sources.flatMap(filesOf).flatMap(({ path, shownAs }) => {
    if (!path) return [];
    const isTaken = taken.has(path);
    taken.add(path);
    return isTaken ? [invalidValue(at, shownAs, 'conflicting duplicate paths')] : [];
  });
}

function filesOf({ secret, configMap, downwardAPI }: Source): readonly {
  readonly path: string;
  readonly shownAs: string;
}[] {
  const keys = [secret, configMap].flatMap((reference) =>
    (reference?.items ?? []).map(({ path }) => ({ path, shownAs: reference?.name ?? '' })),
  );
  const fields = (downwardAPI?.items ?? []).map(({ path }) => ({ path, shownAs: path }));
  return [...keys, ...fields];
}
