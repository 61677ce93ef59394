import { createHash, timingSafeEqual } from 'node:crypto';

/** Checks `Authorization` headers against the one API key, in time that does not depend on how much of it is right. */
export class ApiKeyCheck {
  readonly #accepted: readonly Buffer[];

  constructor(apiKey: string) {
    // Clients send the key as it is, as the base64 of `id:key`, or as a bearer token.
    this.#accepted = [apiKey, Buffer.from(apiKey).toString('base64')].map(digest);
  }

  allows(header: string | undefined): boolean {
    const match = /^(?:ApiKey|Bearer) +(\S+)$/i.exec(header ?? '');
    const given = digest(match?.[1] ?? '');
    let allowed = false;
    for (const accepted of this.#accepted) if (timingSafeEqual(accepted, given)) allowed = true;
    return allowed && match !== null;
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
