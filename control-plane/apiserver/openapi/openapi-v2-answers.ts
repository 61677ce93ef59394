import { createHash } from 'node:crypto';
import type { JsonSchema } from './openapi-schemas.ts';
import { encodeOpenapiV2 } from './openapi-protobuf.ts';

/** A document as it is sent. */
export interface OpenapiAnswer {
  readonly bytes: Buffer;
  readonly etag: string;
}

type Format = 'json' | 'protobuf';

const encoders: Readonly<Record<Format, (document: JsonSchema) => Buffer>> = {
  json: (document) => Buffer.from(JSON.stringify(document)),
  protobuf: encodeOpenapiV2,
};

/**
 * The bytes of `GET /openapi/v2`, a few megabytes that take tens of milliseconds to make: made when they are first asked for in a format, kept for all who ask
 * for them until a kind is defined, changed or taken away. No more than one document a format is kept.
 */
export class OpenapiV2Answers {
  readonly #build: () => JsonSchema;
  readonly #kept = new Map<Format, OpenapiAnswer>();
  #kindsVersion = -1;

  /** `build` makes the document of the kinds as they are now. */
  constructor(build: () => JsonSchema) {
    this.#build = build;
  }

  answer(format: Format, kindsVersion: number): OpenapiAnswer {
    if (kindsVersion !== this.#kindsVersion) {
      this.#kept.clear();
      this.#kindsVersion = kindsVersion;
    }
    const kept = this.#kept.get(format);
    if (kept) return kept;
    const bytes = encoders[format](this.#build());
    const made = { bytes, etag: `"${createHash('sha256').update(bytes).digest('hex').toUpperCase()}"` };
    this.#kept.set(format, made);
    return made;
  }
}
