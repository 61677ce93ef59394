const MAX_PATH = 255;

const domainPart = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[0-9A-Fa-f:]+\\])(?::[0-9]+)?`;
const pathPart = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const tag = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const digest = '[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}';

/** What no image may be called: it would look like the digest of one. */
const bareDigest = /^[0-9a-f]{64}$/;

/** The grammar of references to images. Source: the specification of distribution. */
const reference = new RegExp(`^((?:${domain}/)?${pathPart}(?:/${pathPart})*)(?::(${tag}))?(?:@(${digest}))?$`);

/** Whether an image is whatever the registry has now: `latest`, and no tag at all, unless a digest says which. Of what is no reference nothing is known, and so not that either. */
export function meansTheLatest(image: string): boolean {
  const [, name, tagged, fixed] = reference.exec(image) ?? [];
  if (name === undefined || bareDigest.test(name) || pathOf(name).length > MAX_PATH) return false;
  return tagged === undefined ? fixed === undefined : tagged === 'latest';
}

/** The name within its registry; the usual registry keeps what has no folder in one. */
function pathOf(name: string): string {
  const [first = '', ...rest] = name.split('/');
  if (rest.length === 0) return `library/${first}`;
  return /[.:A-Z]/.test(first) || first === 'localhost' ? rest.join('/') : name;
}
