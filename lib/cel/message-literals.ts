/** An expression in which message literals were replaced by calls, and where its characters stood before. */
export interface Rewritten {
  readonly text: string;
  /** The place in the original of a place in `text`. */
  readonly originalAt: (position: number) => number;
}

interface Token {
  readonly kind: 'name' | 'mark' | 'other';
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Names that no message can have. */
const keywords: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null']);

/**
 * The library reads no message literals. They are calls in disguise: `Object.spec{replicas: 1, ?paused: x}` becomes
 * `newObject("Object.spec", {"replicas": 1, "?paused": x})`, for types whose first name is a key of `constructors`, by the function that it names there. Everything
 * else stays as it is, braces of maps and text in quotes included. Pure; what cannot be read is left for the parser to say so.
 */
export function rewriteMessageLiterals(expression: string, constructors: Readonly<Record<string, string>>): Rewritten {
  if (!expression.includes('{')) return unchanged(expression);
  const tokens = tokensOf(expression);
  const edits: Edit[] = [];
  /** Open brackets: whether each is one of a message. */
  const open: boolean[] = [];
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'mark') continue;
    const { text } = token;
    if (text === '{') {
      const name = qualifiedName(tokens, at);
      const [root = ''] = name?.text.split('.') ?? [];
      const by = Object.hasOwn(constructors, root) ? constructors[root] : undefined;
      open.push(name !== undefined && by !== undefined);
      if (!name || by === undefined) continue;
      edits.push({ start: name.start, end: token.end, text: `${by}(${JSON.stringify(name.text)}, {` });
      addField(tokens, at + 1, edits);
    } else if (text === '(' || text === '[') {
      open.push(false);
    } else if (text === '}' && open.pop() === true) {
      edits.push({ start: token.start, end: token.end, text: '})' });
    } else if (text === ')' || text === ']') {
      open.pop();
    } else if (text === ',' && open.at(-1) === true) {
      addField(tokens, at + 1, edits);
    }
  }
  return edits.length === 0 ? unchanged(expression) : applied(expression, edits);
}

/** `Object.spec.template` before a brace. */
function qualifiedName(tokens: readonly Token[], brace: number): Edit | undefined {
  let at = brace - 1;
  const last = tokens[at];
  if (last?.kind !== 'name' || keywords.has(last.text)) return undefined;
  const names = [last.text];
  let { start } = last;
  while (tokens[at - 1]?.text === '.' && tokens[at - 2]?.kind === 'name') {
    at -= 2;
    names.unshift(tokens[at]?.text ?? '');
    start = tokens[at]?.start ?? start;
  }
  return { start, end: last.end, text: names.join('.') };
}

function addField(tokens: readonly Token[], from: number, edits: Edit[]): void {
  const isOptional = tokens[from]?.text === '?';
  const name = tokens[isOptional ? from + 1 : from];
  const colon = tokens[isOptional ? from + 2 : from + 1];
  if (name?.kind !== 'name' || colon?.text !== ':') return;
  const text = JSON.stringify(isOptional ? `?${name.text}` : name.text);
  edits.push({ start: (isOptional ? tokens[from] : name)?.start ?? name.start, end: name.end, text });
}

const tokenPattern =
  /\s+|\/\/[^\n]*|[bB]?[rR][bB]?(?:"""[^]*?"""|'''[^]*?'''|"[^"\n]*"|'[^'\n]*')|[bB]?(?:"""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|[A-Za-z_][A-Za-z0-9_]*|\d[\w.]*|[^]/gy;

function tokensOf(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const match of expression.matchAll(tokenPattern)) {
    const [text] = match;
    const start = match.index;
    if (/^(?:\s|\/\/)/.test(text)) continue;
    const kind = /^[A-Za-z_]\w*$/.test(text) ? 'name' : '{}()[],.:?'.includes(text) ? 'mark' : 'other';
    tokens.push({ kind, start, end: start + text.length, text });
  }
  return tokens;
}

function unchanged(text: string): Rewritten {
  return { text, originalAt: (position) => position };
}

function applied(expression: string, edits: readonly Edit[]): Rewritten {
  let text = '';
  let from = 0;
  /** Where a part begins in the result, and where it stood; parts that were put in stand where what they replace began. */
  const parts: { readonly at: number; readonly original: number; readonly isNew: boolean }[] = [];
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    parts.push({ at: text.length, original: from, isNew: false });
    text += expression.slice(from, edit.start);
    parts.push({ at: text.length, original: edit.start, isNew: true });
    text += edit.text;
    from = edit.end;
  }
  parts.push({ at: text.length, original: from, isNew: false });
  return {
    text: text + expression.slice(from),
    originalAt: (position) => {
      const part = parts.findLast(({ at }) => at <= position);
      if (!part) return position;
      return part.isNew ? part.original : part.original + position - part.at;
    },
  };
}
