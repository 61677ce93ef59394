/** `log-store/main.ts` reads these from flags and environment (`VIGIL_LOG_STORE_<FIELD>`). */
export interface LogStoreConfig {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** File whose content is the API key with all rights (Authorization: ApiKey <content>). */
  readonly apiKeyFile?: string | undefined;
  /**
   * File of people who may sign in with a password (Authorization: Basic), one a line: `name:hash:role,role`. Hashes are made by
   * `node log-store/main.ts --hash-password`; roles are `superuser`, `writer`, `reader` and those put to `_security/role`.
   */
  readonly usersFile?: string | undefined;
  /** Folders in which repositories of snapshots may be made (Elasticsearch's `path.repo`); without one there are no snapshots. */
  readonly snapshotDirs?: readonly string[] | undefined;
  /** Oldest data goes first beyond either bound. */
  readonly retention: { readonly maxBytes: number; readonly maxAgeMs: number };
  /** Bounds of single namespaces (`kubernetes.namespace`): `data_retention` such as 3d, `max_size` such as 1gb. `PUT _cluster/settings` changes them. */
  readonly namespaceRetention?:
    | Readonly<Record<string, { readonly data_retention?: string; readonly max_size?: string }>>
    | undefined;
  readonly logLevel?: string | undefined;
}
