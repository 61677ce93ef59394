import type { LogLine } from './log-line.ts';

export type LogOutput = 'text' | 'json' | 'raw';

/** Six colours that are readable on light and dark; state colours (red, green, yellow) are left to state. */
const podColours = [36, 35, 34, 96, 95, 94] as const;

export interface FormatOptions {
  readonly output: LogOutput;
  readonly colour: boolean;
  readonly timestamps: boolean;
  /** Name the pod and its container before each line. */
  readonly showPod: boolean;
  readonly showNamespace: boolean;
}

export function formatLine(line: LogLine, options: FormatOptions): string {
  if (options.output === 'json') {
    const { position, ...rest } = line;
    return JSON.stringify({ ...rest, rotation: position.rotation, offset: position.offset });
  }
  if (options.output === 'raw') return line.message;
  const parts: string[] = [];
  if (options.timestamps) parts.push(line.time);
  if (options.showNamespace) parts.push(line.namespace);
  if (options.showPod) parts.push(paint(`${line.pod} ${line.container}`, colourOf(line.podUid), options.colour));
  parts.push(options.colour && /\b(ERROR|FATAL)\b/.test(line.message) ? paint(line.message, 31, true) : line.message);
  return parts.join('  ');
}

/** A line about the stream itself, between the lines of the pods. */
export function formatMarker(text: string, colour: boolean): string {
  return paint(`── ${text} ──`, 2, colour);
}

function paint(text: string, code: number, colour: boolean): string {
  return colour ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** The same pod has the same colour in every call. */
function colourOf(podUid: string): number {
  let hash = 0;
  for (let index = 0; index < podUid.length; index++) hash = (hash * 31 + podUid.charCodeAt(index)) >>> 0;
  return podColours[hash % podColours.length] ?? 36;
}
