import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { WriteContext } from '../registry/request.ts';
import { badRequest } from '../../lib/kube/status-errors.ts';
import { compress, isWorthCompressing } from './compression.ts';
import { contentTypeOf, encode } from './content.ts';
import { BodyError, decodeBody, objectOf } from './decode-body.ts';
import type { User } from './extension.ts';
import { jsonRepresentation, negotiate, negotiateDocument, type Offers, type Representation } from './negotiate.ts';
import { writeOptions } from './options/write-options.ts';
import { writePieces } from './pieces.ts';
import { isTrue, type RequestInfo } from './request-info.ts';

/** Shorter bodies are written at once. */
const MIN_PIECED_BYTES = 128 * 1024;

/** One request on its way: what is asked, by whom, and how to answer. */
export class Exchange<Info extends RequestInfo = RequestInfo> {
  readonly request: IncomingMessage;
  /** Headers are set on it as they become known. */
  readonly response: ServerResponse;
  readonly info: Info;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly body: RequestBody;
  readonly warnings: string[] = [];
  /** What ends each stream that would go on for ever: called when the server stops. */
  readonly openStreams: Set<() => void>;
  readonly #onInitialized: (() => void) | undefined;

  constructor(options: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly body: RequestBody;
    readonly info: Info;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly user: User;
    readonly openStreams: Set<() => void>;
    readonly onInitialized?: (() => void) | undefined;
  }) {
    this.request = options.request;
    this.response = options.response;
    this.body = options.body;
    this.info = options.info;
    this.path = options.path;
    this.query = options.query;
    this.user = options.user;
    this.openStreams = options.openStreams;
    this.#onInitialized = options.onInitialized;
  }

  /** A watch has begun: from now on it waits for changes, and counts no longer as a request that is worked. */
  initialized(): void {
    this.#onInitialized?.();
  }

  /** Sends a warning whatever becomes of the request. */
  warn(text: string): void {
    this.warnings.push(text);
    this.addWarnings();
  }

  /** What is warned of stands in the answer's head, also when the request is refused. */
  addWarnings(): void {
    if (this.warnings.length === 0 || this.response.headersSent) return;
    this.response.setHeader('warning', [...new Set(this.warnings)].map(warningHeader));
  }

  get isPretty(): boolean {
    return isPretty(this.query, this.request.headers['user-agent']);
  }

  /** What the client wants to see of what there is; throws 406. */
  representation(offers: Offers): Representation {
    return negotiate(this.request.headers.accept, this.isPretty, offers);
  }

  hasBody(): boolean {
    return Buffer.isBuffer(this.body) && this.body.length > 0;
  }

  bytes(): Buffer {
    return Buffer.isBuffer(this.body) ? this.body : noBytes;
  }

  /** The body as an object of a kind, with what a strict decoder finds fault with; throws 400 and 415. */
  object(kind: string): { readonly object: Record<string, unknown>; readonly faults: () => readonly string[] } {
    try {
      const decoded = decodeBody(this.bytes(), this.request.headers['content-type']);
      return { object: objectOf(decoded), faults: decoded.faults };
    } catch (error) {
      if (error instanceof BodyError) throw this.unrecognized(kind, error.message);
      throw error;
    }
  }

  /** The 400 of a body of which not even the kind can be told. */
  unrecognized(kind: string, problem: string): Error {
    return badRequest(
      `the object provided is unrecognized (must be of type ${kind}): ${problem} (${summaryOf(this.bytes())})`,
    );
  }

  /** Who writes, without what the parameters of a write say. */
  plainContext(): WriteContext {
    const fieldManager = managerOf(this.request.headers['user-agent']);
    return { user: this.user, dryRun: false, fieldManager, fieldValidation: 'Warn', warnings: this.warnings };
  }

  /** Throws 422 for parameters that there are not. */
  writeContext(kind: Parameters<typeof writeOptions>[1] = 'CreateOptions', isApply = false): WriteContext {
    const { isDryRun, fieldManager, fieldValidation } = writeOptions(this.query, kind, isApply);
    const context = this.plainContext();
    return { ...context, dryRun: isDryRun, fieldManager: fieldManager ?? context.fieldManager, fieldValidation };
  }

  /** Aborts when the client has gone or the answer is out. */
  signal(): AbortSignal {
    const controller = new AbortController();
    this.response.once('close', () => controller.abort(new Error('the client is gone')));
    return controller.signal;
  }

  sendBytes(status: number, bytes: Buffer, contentType = 'application/json'): void {
    this.addWarnings();
    if (!this.#isWorthCompressing(bytes.length)) {
      sendWhole(this.response, status, bytes, contentType);
      return;
    }
    compress(bytes).then(
      (compressed) => {
        if (this.response.headersSent) return;
        this.response.setHeader('content-encoding', 'gzip').setHeader('vary', 'Accept-Encoding');
        sendWhole(this.response, status, compressed, contentType);
      },
      () => sendWhole(this.response, status, bytes, contentType),
    );
  }

  /** A body that exists in parts, `length` bytes together; a long one is never put together as a whole. */
  sendParts(status: number, parts: readonly Buffer[], length: number, contentType = 'application/json'): void {
    if (length < MIN_PIECED_BYTES || this.#isWorthCompressing(length)) {
      this.sendBytes(status, Buffer.concat(parts, length), contentType);
      return;
    }
    this.addWarnings();
    this.response.writeHead(status, { 'content-type': contentType, 'content-length': length });
    writePieces(this.response, parts);
  }

  /** A body that is made while it is sent. Resolves when the answer is over; rejects with what goes wrong in the making. */
  sendStream(status: number, body: Readable, contentType: string): Promise<void> {
    const { response } = this;
    // The client may have gone while the body was prepared.
    if (response.destroyed) {
      body.destroy();
      return Promise.resolve();
    }
    this.addWarnings();
    response.statusCode = status;
    response.setHeader('content-type', contentType);
    return new Promise((resolve, reject) => {
      body.once('error', reject);
      response.once('close', () => {
        body.destroy();
        resolve();
      });
      body.pipe(response);
    });
  }

  /** An answer that is its headers. */
  sendNothing(status: number): void {
    this.response.statusCode = status;
    this.response.end();
  }

  sendValue(status: number, value: unknown, representation: Representation): void {
    this.sendBytes(status, encode(value, representation), contentTypeOf(representation));
  }

  /** For discovery, which is said in JSON or YAML; throws 406. */
  sendDocument(status: number, value: unknown): void {
    this.sendValue(status, value, negotiateDocument(this.request.headers.accept, this.isPretty));
  }

  /** For what is no object of the API: JSON whatever the client says that it takes. */
  sendJson(status: number, value: unknown): void {
    this.sendValue(status, value, jsonRepresentation(this.isPretty));
  }

  sendText(status: number, text: string): void {
    this.response.setHeader('x-content-type-options', 'nosniff');
    sendWhole(this.response, status, text, 'text/plain; charset=utf-8');
  }

  #isWorthCompressing(length: number): boolean {
    return isWorthCompressing(this.request.headers, length, this.request.socket.remoteAddress);
  }
}

const noBytes = Buffer.alloc(0);

/** The body of a request: what was read of it, or, for another server, what is still to be read. */
export type RequestBody = Buffer | IncomingMessage | undefined;

/** Sends a body at once, unless the client has its answer: that the time was up. */
export function sendWhole(response: ServerResponse, status: number, body: Buffer | string, contentType: string): void {
  if (response.headersSent) return;
  response.statusCode = status;
  response.setHeader('content-type', contentType);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

/** Longer warnings are cut; headers are bounded. */
const MAX_WARNING = 1024;

function warningHeader(text: string): string {
  const plain = text
    .slice(0, MAX_WARNING)
    .replaceAll(/[^\x20-\x7E]/g, '?')
    .replaceAll(/["\\]/g, String.raw`\$&`);
  return `299 - "${plain}"`;
}

/** `curl/8.5` and browsers are people: they get line breaks unless they say otherwise. */
function isPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.get('pretty');
  if (asked !== null) return isTrue(asked);
  return userAgent !== undefined && (userAgent.startsWith('curl') || userAgent.startsWith('Wget'));
}

function managerOf(userAgent: string | undefined): string {
  return (userAgent ?? 'unknown').split('/', 1)[0]?.slice(0, 128) ?? 'unknown';
}

const SUMMARY_BYTES = 30;

/** The beginning of a body for a message: as it is when it looks like JSON, else in hexadecimal digits. */
function summaryOf(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const more = bytes.length > SUMMARY_BYTES ? ' ...' : '';
  return `${bytes.subarray(0, SUMMARY_BYTES).toString(bytes[0] === 0x7b ? 'utf8' : 'hex')}${more}`;
}
