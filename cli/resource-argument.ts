import { VigilError } from '../lib/errors.ts';
import * as rows from '../lib/kube/resources.ts';
import type { ResourceType } from '../lib/kube/resources.ts';

/** Every kind that this CLI knows by itself. */
const known: readonly ResourceType[] = Object.values(rows).filter(
  (value): value is ResourceType => typeof value === 'object' && 'plural' in value,
);

/** The kind that a word names: `po`, `pod`, `pods`, `deployments.apps`, `Deployment`. */
export function resourceNamed(word: string): ResourceType {
  const lower = word.toLowerCase();
  const found = known.find(
    (row) =>
      row.plural === lower ||
      row.singular === lower ||
      row.shortNames.includes(lower) ||
      (row.group !== '' &&
        (lower === `${row.plural}.${row.group}` || lower === `${row.plural}.${row.version}.${row.group}`)),
  );
  if (found) return found;
  throw new VigilError('USAGE', 'invalid', `there is no kind "${word}" here; kubectl api-resources lists them`);
}

export interface ResourceArgument {
  readonly resource: ResourceType;
  /** Empty = all of the kind. */
  readonly names: readonly string[];
}

/** `pods`, `pod a b`, `pod/a deploy/b`, `pods,svc`. Throws `USAGE` for a mixture of both forms. */
export function parseResourceArguments(words: readonly string[]): ResourceArgument[] {
  const [first, ...rest] = words;
  if (first === undefined) throw new VigilError('USAGE', 'invalid', 'name a kind, e.g. pods or deploy/hello');
  if (words.every((word) => word.includes('/'))) {
    return words.map((word) => {
      const slash = word.indexOf('/');
      const name = word.slice(slash + 1);
      if (name === '') throw new VigilError('USAGE', 'invalid', `"${word}" has no name after the slash`);
      return { resource: resourceNamed(word.slice(0, slash)), names: [name] };
    });
  }
  if (words.some((word) => word.includes('/')))
    throw new VigilError('USAGE', 'invalid', 'give either KIND NAME… or KIND/NAME…, not both');
  if (first === 'all')
    return known.filter((row) => row.categories.includes('all')).map((resource) => ({ resource, names: [] }));
  return first.split(',').map((word) => ({ resource: resourceNamed(word), names: rest }));
}
