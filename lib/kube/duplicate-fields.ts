/** More duplicates than this are not listed. */
const MAX_DUPLICATES = 100;

const quote = 0x22;
const backslash = 0x5c;

interface Open {
  /** Names that were seen; `undefined` in a list. */
  readonly names: Set<string> | undefined;
  /** `spec.ports[0]`, of the structure itself. */
  readonly path: string;
  index: number;
  name: string;
}

/** Paths of members that are there more than once, of which a parser keeps the last: `spec.replicas`. Takes text that is JSON. */
export function duplicateFields(json: string): readonly string[] {
  const duplicates: string[] = [];
  const open: Open[] = [];
  for (let at = 0; at < json.length; at++) {
    const top = open.at(-1);
    switch (json[at]) {
      case '{':
      case '[':
        open.push({
          names: json[at] === '{' ? new Set() : undefined,
          path: top === undefined ? '' : placeIn(top),
          index: 0,
          name: '',
        });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (top) top.index++;
        break;
      case '"': {
        const end = endOfText(json, at);
        if (top?.names && isName(json, end)) {
          top.name = JSON.parse(json.slice(at, end + 1)) as string;
          if (top.names.has(top.name) && duplicates.length < MAX_DUPLICATES) duplicates.push(placeIn(top));
          top.names.add(top.name);
        }
        at = end;
        break;
      }
      default:
    }
  }
  return [...new Set(duplicates)];
}

function placeIn({ names, path, index, name }: Open): string {
  if (!names) return `${path}[${index}]`;
  return path === '' ? name : `${path}.${name}`;
}

/** Where the closing quote is. */
function endOfText(json: string, start: number): number {
  let end = start;
  do end = json.indexOf('"', end + 1);
  while (end > 0 && isEscaped(json, end));
  return end < 0 ? json.length - 1 : end;
}

function isEscaped(json: string, at: number): boolean {
  let count = 0;
  while (json.charCodeAt(at - 1 - count) === backslash) count++;
  return count % 2 === 1;
}

/** A text is a name when a colon follows. */
function isName(json: string, end: number): boolean {
  if (json.charCodeAt(end) !== quote) return false;
  let next = end + 1;
  while (/\s/.test(json[next] ?? '')) next++;
  return json[next] === ':';
}
