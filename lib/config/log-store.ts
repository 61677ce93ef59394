/** `log-store/main.ts` reads these from flags and environment (`VIGIL_LOG_STORE_<FIELD>`). */
export interface LogStoreConfig {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** File whose content is the API key with all rights (Authorization: ApiKey <content>). */
  readonly apiKeyFile?: string | undefined;
  /** Oldest data goes first beyond either bound. */
  readonly retention: { readonly maxBytes: number; readonly maxAgeMs: number };
  readonly logLevel?: string | undefined;
}
