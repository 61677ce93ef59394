import { ecsDocument } from './ecs-document.ts';
import { dayTimeOf, type LogLine } from './log-line.ts';
import { visible } from './visible.ts';

/** Colours of pods that are readable on light and dark; red and yellow are left to levels. */
const podColours = [36, 35, 34, 32, 96, 95, 94] as const;
const levelColours: ReadonlyMap<string, number> = new Map([
  ['fatal', 31],
  ['error', 31],
  ['warn', 33],
]);
const DIM = 2;

export interface FormatOptions {
  /** `text` is for people; the others are the same wherever they are printed. */
  readonly output: 'text' | 'json' | 'ecs' | 'raw' | ((line: LogLine) => string);
  readonly colour: boolean;
  /** On a terminal: short times and names, and nothing that moves its cursor. */
  readonly isTerminal: boolean;
  readonly timestamps: boolean;
  /** Name the pod and its container before each line. */
  readonly showPod: boolean;
  readonly showNamespace: boolean;
}

export function formatLine(line: LogLine, options: FormatOptions, isContext = false): string {
  if (typeof options.output === 'function') return options.output(line);
  switch (options.output) {
    case 'json': {
      const { position, ...rest } = line;
      return JSON.stringify({
        ...rest,
        rotation: position.rotation,
        offset: position.offset,
        ...(isContext ? { isContext } : {}),
      });
    }
    case 'ecs':
      return JSON.stringify(ecsDocument(line));
    case 'raw':
      return line.message;
    case 'text':
      return textOf(line, options, isContext);
  }
}

function textOf(line: LogLine, options: FormatOptions, isContext: boolean): string {
  const parts: string[] = [];
  const isShort = options.isTerminal && options.showPod;
  if (options.timestamps) parts.push(line.time);
  else if (isShort) parts.push(paint(dayTimeOf(line.time), DIM, options.colour));
  if (options.showNamespace) parts.push(line.namespace);
  if (options.showPod) {
    const name = isShort ? `${shortNameOf(line.pod)} ${line.container}` : `${line.pod} ${line.container}`;
    parts.push(paint(name, colourOf(line.podUid), options.colour));
  }
  const message = options.isTerminal ? visible(line.message) : line.message;
  parts.push(paint(message, isContext ? DIM : levelColours.get(line.level ?? ''), options.colour));
  return parts.join('  ');
}

/** A line about the stream itself, between the lines of the pods. */
export function formatMarker(text: string, colour: boolean): string {
  return paint(`── ${text} ──`, DIM, colour);
}

function paint(text: string, code: number | undefined, colour: boolean): string {
  return colour && code !== undefined ? `\u001b[${code}m${text}\u001b[0m` : text;
}

/** The part of a pod's name that tells it from its siblings: `2xk4p` of `hello-7c9f8d5b6-2xk4p`, `db-0` as it is. */
function shortNameOf(pod: string): string {
  return /-([bcdfghjklmnpqrstvwxz2456789]{5})$/.exec(pod)?.[1] ?? pod;
}

/** The same pod has the same colour in every call. */
function colourOf(podUid: string): number {
  let hash = 0;
  for (let index = 0; index < podUid.length; index++) hash = (hash * 31 + podUid.charCodeAt(index)) >>> 0;
  return podColours[hash % podColours.length] ?? podColours[0];
}
