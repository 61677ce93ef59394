import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FieldValidation, WriteContext } from '../registry/request.ts';
import { badRequest } from '../../lib/kube/status-errors.ts';
import { compress, isWorthCompressing } from './compression.ts';
import { contentTypeOf, decodeBody, encode, negotiate, type Representation } from './content.ts';
import type { User } from './extension.ts';
import { isTrue, type RequestInfo } from './request-info.ts';

/** One request on its way: what is asked, by whom, and how to answer. */
export class Exchange<Info extends RequestInfo = RequestInfo> {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly info: Info;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly user: User;
  readonly warnings: string[] = [];

  constructor(options: {
    readonly request: FastifyRequest;
    readonly reply: FastifyReply;
    readonly info: Info;
    readonly path: string;
    readonly query: URLSearchParams;
    readonly user: User;
  }) {
    this.request = options.request;
    this.reply = options.reply;
    this.info = options.info;
    this.path = options.path;
    this.query = options.query;
    this.user = options.user;
  }

  get isPretty(): boolean {
    return isPretty(this.query, this.request.headers['user-agent']);
  }

  /** What the client wants to see; throws 406. */
  representation(): Representation {
    return negotiate(this.request.headers.accept, this.isPretty);
  }

  hasBody(): boolean {
    return Buffer.isBuffer(this.request.body) && this.request.body.length > 0;
  }

  bytes(): Buffer {
    return Buffer.isBuffer(this.request.body) ? this.request.body : Buffer.alloc(0);
  }

  /** The body as an object; throws 400 and 415. */
  body(contentType = this.request.headers['content-type']): Record<string, unknown> {
    if (!this.hasBody()) throw badRequest('the request has no body');
    const value = decodeBody(this.bytes(), contentType);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw badRequest('the object provided is unrecognized (must be of type object)');
    }
    return value as Record<string, unknown>;
  }

  writeContext(): WriteContext {
    const dryRun = this.query.getAll('dryRun');
    for (const value of dryRun)
      if (value !== 'All' && value !== '')
        throw badRequest(`dryRun: Unsupported value: "${value}": supported values: "All"`);
    return {
      user: this.user,
      dryRun: dryRun.includes('All'),
      fieldManager: this.query.get('fieldManager') ?? managerOf(this.request.headers['user-agent']),
      fieldValidation: validationOf(this.query.get('fieldValidation')),
      warnings: this.warnings,
    };
  }

  /** Aborts when the client has gone or the answer is out. */
  signal(): AbortSignal {
    const controller = new AbortController();
    this.reply.raw.once('close', () => controller.abort(new Error('the client is gone')));
    return controller.signal;
  }

  sendBytes(status: number, bytes: Buffer, contentType = 'application/json'): void {
    this.#addWarnings();
    const reply = this.reply.code(status).header('content-type', contentType);
    if (!isWorthCompressing(this.request.headers, bytes.length, this.request.raw.socket.remoteAddress)) {
      void reply.send(bytes);
      return;
    }
    void reply.header('content-encoding', 'gzip').header('vary', 'Accept-Encoding');
    compress(bytes).then(
      (compressed) => reply.send(compressed),
      () => reply.removeHeader('content-encoding').send(bytes),
    );
  }

  sendValue(status: number, value: unknown, representation: Representation = this.representation()): void {
    this.sendBytes(status, encode(value, representation), contentTypeOf(representation));
  }

  sendText(status: number, text: string): void {
    void this.reply
      .code(status)
      .header('content-type', 'text/plain; charset=utf-8')
      .header('x-content-type-options', 'nosniff')
      .send(text);
  }

  #addWarnings(): void {
    if (this.warnings.length === 0) return;
    void this.reply.header('warning', [...new Set(this.warnings)].map(warningHeader));
  }
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

function validationOf(value: string | null): FieldValidation {
  if (value === null || value === '') return 'Warn';
  if (value === 'Ignore' || value === 'Warn' || value === 'Strict') return value;
  throw badRequest(`fieldValidation: Unsupported value: "${value}": supported values: "Ignore", "Warn", "Strict"`);
}
