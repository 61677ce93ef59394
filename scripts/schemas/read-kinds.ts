import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Kinds that no path creates: bodies of subresources and answers, whose path does not say what group they are in, and one that is only read. */
const neverCreated: readonly (readonly [string, string])[] = [
  ['v1/Binding', 'V1Binding'],
  ['v1/ComponentStatus', 'V1ComponentStatus'],
  ['v1/Status', 'V1Status'],
  ['v1/DeleteOptions', 'V1DeleteOptions'],
  ['policy/v1/Eviction', 'V1Eviction'],
  ['autoscaling/v1/Scale', 'V1Scale'],
  ['authentication.k8s.io/v1/TokenRequest', 'AuthenticationV1TokenRequest'],
];

/** `apps/v1/Deployment` → `V1Deployment`, for every kind of a stable version that the published API classes serve. */
export function readKinds(generatedDir: string): ReadonlyMap<string, string> {
  const dir = join(generatedDir, 'apis');
  const kinds = new Map<string, string>();
  for (const file of readdirSync(dir).sort()) {
    if (!/V\d+Api\.js$/.test(file)) continue;
    for (const [apiVersion, model] of servedModels(readFileSync(join(dir, file), 'utf8'))) {
      kinds.set(`${apiVersion}/${kindOf(model)}`, model);
    }
  }
  for (const [kind, model] of neverCreated) kinds.set(kind, model);
  return new Map([...kinds].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `V1Pod` → `Pod`, `CoreV1Event` → `Event`. */
export function kindOf(model: string): string {
  return model.replace(/^[A-Za-z]*?V\d+(?=[A-Z])/, '');
}

/** Models that are whole objects of the path's own group: bodies of create and answers of list. */
function* servedModels(source: string): Generator<readonly [string, string]> {
  const paths = new Map<string, string>();
  for (const [, method, path] of source.matchAll(
    /async (create\w+|list\w+)\([^)]*_options\) \{[^]*?const localVarPath = '([^']+)'/g,
  )) {
    if (method && path) paths.set(method, path);
  }
  for (const [, method, model] of source.matchAll(
    /async (create\w+|list\w+)WithHttpInfo\(response\) \{[^]*?deserialize\([^"]*"(\w+)"/g,
  )) {
    const path = paths.get(method ?? '');
    const match = path === undefined ? null : /^\/(?:api|apis\/([^/]+))\/(v\d+)\/(.*)$/.exec(path);
    // A path with a name in it is a subresource, whose body may be of another group.
    if (!match || !model || match[3]?.includes('{name}')) continue;
    yield [match[1] === undefined ? (match[2] ?? '') : `${match[1]}/${match[2]}`, model];
  }
}
