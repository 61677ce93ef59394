import type { User } from '../apiserver/extension.ts';
import type { TokenAuthenticator, TokenReviewer } from './authenticator.ts';
import { tokenIssuer } from './service-account-tokens.ts';

/** Tokens of this cluster and, behind them, those of other issuers, which are meant for this API and nobody else. */
export class TokenAuthenticators implements TokenAuthenticator, TokenReviewer {
  readonly #own: TokenAuthenticator & TokenReviewer;
  readonly #others: TokenAuthenticator;

  constructor(own: TokenAuthenticator & TokenReviewer, others: TokenAuthenticator) {
    this.#own = own;
    this.#others = others;
  }

  async authenticate(token: string): Promise<User | undefined> {
    return (await this.#own.authenticate(token)) ?? this.#others.authenticate(token);
  }

  async review(token: string, audiences: readonly string[]) {
    const own = await this.#own.review(token, audiences);
    if (own || !audiences.includes(tokenIssuer)) return own;
    const user = await this.#others.authenticate(token);
    return user && { user, audiences: [tokenIssuer] };
  }
}
