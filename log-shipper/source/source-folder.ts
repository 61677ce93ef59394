import type { LogSource } from '../../lib/log-source.ts';

/** A folder that says which containers there are. */
export interface SourceFolder {
  readonly dir: string;
  /** The folders whose changes mean that it must be read again. */
  watched(): readonly string[];
  /** All containers, by ID. What is not valid is reported and passed over. */
  read(invalid: (name: string, reason: string) => void): ReadonlyMap<string, LogSource>;
  /** Whether everything the container wrote was stored in an earlier run. */
  isDone(containerId: string): boolean;
  /** Says that all of its files are held: they stay readable whatever becomes of the container. */
  markHeld(containerId: string): void;
  /** Says that all of it is stored. */
  markDone(containerId: string): void;
}
