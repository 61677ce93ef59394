import type { Readable, Writable } from 'node:stream';
import type { Status } from '../../lib/kube/types.ts';

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** Which streams the client asked for. */
export interface CommandOptions {
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The client's end of exec and attach, whatever protocol carries it. */
export interface CommandStreams {
  readonly stdin?: Readable | undefined;
  readonly stdout?: Writable | undefined;
  readonly stderr?: Writable | undefined;
  /** JSON objects `{Width, Height}` one after the other. */
  readonly resize?: Readable | undefined;
  /** Sends what is still buffered, then the status, then closes the connection. */
  finish(status: Status): Promise<void>;
  /** Aborts when the client is gone. */
  readonly gone: AbortSignal;
}

/** More arguments or longer ones are refused before anything runs. */
const MAX_ARGUMENTS = 1024;
const MAX_COMMAND_BYTES = 256 * 1024;

/**
 * Reads the query of exec and attach: the API server's names (`stdin`, `stdout`…) and the kubelet's (`input`, `output`…). A terminal has no
 * standard error of its own. Returns a sentence when the request makes no sense.
 */
export function parseCommandOptions(query: URLSearchParams): CommandOptions | string {
  const asked = (...names: readonly string[]) =>
    names.some((name) => ['true', '1', 'True', 'TRUE', 't', 'T'].includes(query.get(name) ?? ''));
  const command = query.getAll('command');
  const tty = asked('tty');
  const options = {
    command,
    stdin: asked('stdin', 'input'),
    stdout: asked('stdout', 'output'),
    stderr: asked('stderr', 'error') && !tty,
    tty,
  };
  if (!options.stdin && !options.stdout && !options.stderr)
    return 'you must specify at least 1 of stdin, stdout, stderr';
  const sizeBytes = command.reduce((sum, argument) => sum + Buffer.byteLength(argument), 0);
  if (command.length > MAX_ARGUMENTS || sizeBytes > MAX_COMMAND_BYTES) return 'the command is too long';
  if (command.some((argument) => argument.includes('\0'))) return 'the command contains a NUL byte';
  return options;
}

/** Cuts a stream of concatenated JSON objects into terminal sizes; what is not one is dropped. */
export class ResizeParser {
  #pending = '';

  push(chunk: Buffer): TerminalSize[] {
    this.#pending += chunk.toString('utf8');
    const sizes: TerminalSize[] = [];
    for (let end = this.#pending.indexOf('}'); end >= 0; end = this.#pending.indexOf('}')) {
      const size = parseSize(this.#pending.slice(0, end + 1));
      if (size) sizes.push(size);
      this.#pending = this.#pending.slice(end + 1);
    }
    if (this.#pending.length > MAX_RESIZE_CHARS) this.#pending = '';
    return sizes;
  }
}

const MAX_RESIZE_CHARS = 256;
const MAX_CELLS = 0xffff;

function parseSize(text: string): TerminalSize | undefined {
  try {
    const value = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    if (!isCells(value.Width) || !isCells(value.Height)) return undefined;
    return { width: value.Width, height: value.Height };
  } catch {
    return undefined;
  }
}

function isCells(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_CELLS;
}
