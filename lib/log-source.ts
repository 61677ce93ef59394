/**
 * How the node agent tells the shipper about a container, before the container starts: one file `<containerId>.json` in the node's `sources` folder, written aside and
 * renamed. The agent deletes the source (and then the container) only after the shipper wrote `<containerId>.done` beside it (everything is stored) or,
 * when that takes long, `<containerId>.held` (its files stay readable without the container), or after a bound of time and space.
 */
export interface LogSource {
  readonly version: 1;
  readonly containerId: string;
  /** The file that is written. Rotated files are `path.1`, `path.2`… (Docker, logrotate) or `path.20260102-030405` (kubelet), compressed or not. */
  readonly path: string;
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly node: string;
  readonly image: string;
  /** The runtime's name; `docker` unless said, empty when it is not known. */
  readonly runtime?: string | undefined;
  readonly restartCount: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Only those under `logs.vigil.dev/`. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly workload: { readonly kind: string; readonly name: string };
  /** Set when the container has ended: whatever the files hold now is all there will be. */
  readonly endedAt?: string | undefined;
}
