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

export function parsingError(reason: string): StoreError {
  return new StoreError(400, 'parsing_exception', reason);
}
