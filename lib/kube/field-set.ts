/**
 * A set of places in an object, as `metadata.managedFields` keeps it (`FieldsV1`). An element of a path is `f:<name>` for a member, `k:<json>` for the list
 * item with those keys, `v:<json>` for that item of a set. Values of this class do not change once made.
 */
export class FieldSet {
  static readonly empty = new FieldSet(false, new Map());

  /** Whether this place itself is in the set, and not only places below it. */
  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;

  constructor(isMember: boolean, children: ReadonlyMap<string, FieldSet>) {
    this.isMember = isMember;
    this.children = children;
  }

  /** Reads the JSON form; what is not understood is left out. */
  static fromFieldsV1(fields: unknown, depth = 0): FieldSet {
    if (typeof fields !== 'object' || fields === null || depth > MAX_DEPTH) return FieldSet.empty;
    const entries = Object.entries(fields);
    if (entries.length === 0) return new FieldSet(depth > 0, new Map());
    const children = new Map<string, FieldSet>();
    let isMember = false;
    for (const [element, below] of entries) {
      if (element === '.') isMember = true;
      else if (/^[fkv]:/.test(element)) children.set(element, FieldSet.fromFieldsV1(below, depth + 1));
    }
    return new FieldSet(isMember, children);
  }

  toFieldsV1(): Record<string, unknown> {
    const entries = [...this.children]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([element, set]) => [element, set.toFieldsV1()]);
    const withSelf = this.isMember && entries.length > 0 ? [['.', {}], ...entries] : entries;
    return Object.fromEntries(withSelf) as Record<string, unknown>;
  }

  get isEmpty(): boolean {
    return !this.isMember && this.children.size === 0;
  }

  union(other: FieldSet): FieldSet {
    if (this.isEmpty) return other;
    if (other.isEmpty) return this;
    const children = new Map(this.children);
    for (const [element, below] of other.children) {
      children.set(element, children.get(element)?.union(below) ?? below);
    }
    return new FieldSet(this.isMember || other.isMember, children);
  }

  /** What is in this set and not in the other. */
  difference(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine && !theirs, true);
  }

  intersection(other: FieldSet): FieldSet {
    return this.#combine(other, (mine, theirs) => mine && theirs, false);
  }

  /** Every member as text: `.spec.containers[name="a"].image`. */
  paths(): readonly string[] {
    const paths: string[] = [];
    this.#collect('', paths);
    return paths;
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  #combine(other: FieldSet, isIn: (mine: boolean, theirs: boolean) => boolean, keepsUnmatched: boolean): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const [element, below] of this.children) {
      const theirs = other.children.get(element);
      const kept = theirs ? below.#combine(theirs, isIn, keepsUnmatched) : keepsUnmatched ? below : FieldSet.empty;
      if (!kept.isEmpty) children.set(element, kept);
    }
    return new FieldSet(isIn(this.isMember, other.isMember), children);
  }

  #collect(at: string, paths: string[]): void {
    if (this.isMember) paths.push(at);
    for (const [element, below] of this.children) below.#collect(at + elementText(element), paths);
  }
}

/** Objects are not nested deeper than this; what claims to be is not an object of ours. */
const MAX_DEPTH = 100;

/** A path's element as people read it: `.image`, `[name="a"]`, `[="a"]`. */
export function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  try {
    const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
    return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
  } catch {
    return `[${rest}]`;
  }
}
