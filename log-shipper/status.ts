import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** `status.json` in the state folder: how shipping goes, for the terminal and for alerts. */
export interface ShipperStatus {
  /** How long the oldest line that is not stored yet has waited. */
  readonly lagSeconds: number;
  readonly backlogBytes: number;
  readonly lastError: string | null;
  readonly updatedAt: string;
  readonly perOutput: Readonly<
    Record<string, { readonly up: boolean; readonly acknowledged: number; readonly lastError: string | null }>
  >;
}

export function writeStatus(dir: string, status: ShipperStatus): void {
  const path = join(dir, 'status.json');
  writeFileSync(`${path}.tmp`, JSON.stringify(status), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}
