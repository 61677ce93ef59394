import type { DockerLine } from './docker-json.ts';

/** Where the parts of a line are, whatever the format of its file. */
export type LogLine = DockerLine;
