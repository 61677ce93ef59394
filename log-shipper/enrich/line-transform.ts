import type { Position } from '../buffer/position.ts';

/** One line on the long way: unescaped, on its own. */
export interface Line {
  readonly text: string;
  readonly time: string;
  readonly stderr: boolean;
  readonly position: Position;
}

/** What becomes of it: the fields that differ from line to line; the container's own are added behind. */
export type EmitDocument = (document: Readonly<Record<string, unknown>>, position: Position) => void;

/** What a pod's annotations ask for. One instance per container, because multiline joins across lines. */
export interface LineTransform {
  /** Takes a line and emits what is complete. Returns how many lines were left out on purpose. */
  line(line: Line, emit: EmitDocument): number;
  /** Emits what is still held. */
  flush(emit: EmitDocument): void;
  /** Position of the earliest line that is held. */
  earliest(): Position | undefined;
}
