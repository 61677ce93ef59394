/** An error as Elasticsearch answers it: `type` is what clients look at, `reason` is for people. */
export class StoreError extends Error {
  readonly status: number;
  readonly type: string;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(status: number, type: string, reason: string, extra: Readonly<Record<string, unknown>> = {}) {
    super(reason);
    this.name = 'StoreError';
    this.status = status;
    this.type = type;
    this.extra = extra;
  }
}

export function indexNotFound(name: string): StoreError {
  return new StoreError(404, 'index_not_found_exception', `no such index [${name}]`, {
    index: name,
    'resource.type': 'index_or_alias',
    'resource.id': name,
  });
}

export function badRequest(reason: string, type = 'illegal_argument_exception'): StoreError {
  return new StoreError(400, type, reason);
}

/** The part of a value that is wrong: the value itself, the key before it, or its end because something is missing inside. */
export type ErrorTarget = 'value' | 'key' | 'end';

/** A request's body that is not as it should be. `path` leads to the part, from the innermost object that the thrower knows; those around it add theirs. */
export class ParsingError extends StoreError {
  readonly path: readonly (string | number)[];
  readonly target: ErrorTarget;

  constructor(reason: string, path: readonly (string | number)[], target: ErrorTarget, type = 'parsing_exception') {
    super(400, type, reason);
    this.path = path;
    this.target = target;
  }
}

export function parsingError(
  reason: string,
  path: readonly (string | number)[] = [],
  target: ErrorTarget = 'value',
): StoreError {
  return new ParsingError(reason, path, target);
}

/** An option that an object of the request does not have. */
export function unknownOption(owner: string, name: string): StoreError {
  return new ParsingError(`[${owner}] unknown field [${name}]`, [name], 'key', 'x_content_parse_exception');
}

/** A value that an option of the request cannot have. */
export function badOption(owner: string, name: string, why: string): StoreError {
  const reason = `[${owner}] failed to parse field [${name}]: ${why}`;
  return new ParsingError(reason, [name], 'value', 'x_content_parse_exception');
}

/** Runs `parse`; what it throws leads through `step` (a key or an array's index) of the object around it. */
export function within<T>(step: string | number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ParsingError) {
      throw new ParsingError(error.message, [step, ...error.path], error.target, error.type);
    }
    throw error;
  }
}
