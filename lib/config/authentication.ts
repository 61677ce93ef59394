/** `kind: AuthenticationConfiguration` of `apiserver.config.k8s.io/v1`, as far as it is about tokens of other issuers. */
export interface AuthenticationConfiguration {
  readonly jwt: readonly JwtAuthenticatorConfig[];
}

/** Whose tokens are taken, and which user they mean. */
export interface JwtAuthenticatorConfig {
  readonly issuer: {
    /** The `iss` of its tokens; keys are found from its `/.well-known/openid-configuration` unless `discoveryURL` is another place. */
    readonly url: string;
    readonly discoveryURL?: string | undefined;
    /** A token is for this cluster when its `aud` has one of them. */
    readonly audiences: readonly string[];
    readonly audienceMatchPolicy?: 'MatchAny' | undefined;
    /** PEM; the machine's own roots when absent. */
    readonly certificateAuthority?: string | undefined;
  };
  /** What must be so of the claims. */
  readonly claimValidationRules?:
    | readonly {
        readonly claim?: string | undefined;
        readonly requiredValue?: string | undefined;
        readonly expression?: string | undefined;
        readonly message?: string | undefined;
      }[]
    | undefined;
  readonly claimMappings: {
    readonly username: PrefixedClaim;
    readonly groups?: PrefixedClaim | undefined;
    readonly uid?: Omit<PrefixedClaim, 'prefix'> | undefined;
    readonly extra?: readonly { readonly key: string; readonly valueExpression: string }[] | undefined;
  };
  /** What must be so of the user that came out. */
  readonly userValidationRules?:
    | readonly { readonly expression: string; readonly message?: string | undefined }[]
    | undefined;
}

/** Either a claim with what stands before its value, or an expression. */
export interface PrefixedClaim {
  readonly claim?: string | undefined;
  readonly prefix?: string | undefined;
  readonly expression?: string | undefined;
}
