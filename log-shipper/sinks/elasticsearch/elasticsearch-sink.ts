import type { Compression, ElasticsearchOutputConfig } from '../../../lib/config/log-shipper.ts';
import { messageOf } from '../../../lib/errors.ts';
import type { Batch } from '../../buffer/batch.ts';
import { backOffMs } from '../delivery/back-off.ts';
import { deliver } from '../delivery/deliver.ts';
import { OutputHealth } from '../delivery/output-health.ts';
import type { Attempt, Protocol } from '../delivery/protocol.ts';
import { compress } from '../http/compress.ts';
import { HttpClient } from '../http/http-client.ts';
import type { BatchOutcome, Sink, SinkDeps } from '../sink.ts';
import { supportedCompression } from './compression.ts';
import { encodeBulk } from './encode.ts';
import { install } from './install.ts';
import { bulkRequest } from './request.ts';
import { judgeBulk } from './retry.ts';

/** Ships to Elasticsearch, OpenSearch and the embedded store with `_bulk` and `create`: what is already there is not stored again. */
export class ElasticsearchSink implements Sink, Protocol {
  readonly #config: ElasticsearchOutputConfig;
  readonly #deps: SinkDeps;
  readonly #client: HttpClient;
  readonly #health: OutputHealth;
  #compression: Compression;
  #ready: Promise<void> | undefined;

  constructor(config: ElasticsearchOutputConfig, deps: SinkDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#client = new HttpClient(config, deps.clock);
    this.#health = new OutputHealth(deps.log);
    this.#compression = config.compression ?? 'none';
  }

  get lastError(): string | undefined {
    return this.#health.lastError;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<BatchOutcome> {
    await this.#prepare(signal);
    return deliver({ ...this.#deps, protocol: this, health: this.#health }, batch, signal);
  }

  close(): void {
    this.#client.close();
  }

  encode(batch: Batch, items: readonly number[] | undefined): Buffer | Promise<Buffer> {
    return compress(encodeBulk(batch, items), this.#compression);
  }

  async attempt(body: Buffer, count: number, signal: AbortSignal): Promise<Attempt> {
    const answer = await this.#client.request(bulkRequest(body, this.#compression), signal);
    const verdict = judgeBulk(answer.status, answer.body.toString(), count);
    return {
      verdict:
        verdict.kind === 'retry' ? { ...verdict, reason: verdict.reason + this.#client.hint(answer.status) } : verdict,
      retryAfterMs: answer.retryAfterMs,
    };
  }

  /** Installs templates before the first document, so that no field gets a guessed type. Waits as long as the server is away. */
  #prepare(signal: AbortSignal): Promise<void> {
    this.#ready ??= this.#install(signal).catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  async #install(signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#deps;
    for (let attempt = 0; ; attempt++) {
      if (attempt > 0) await clock.sleep(backOffMs(attempt, random(), undefined), signal);
      try {
        const installed = await install(this.#client, this.#config.retention, signal);
        this.#compression = await this.#agreeOnCompression(signal);
        log.info({ ...installed, compression: this.#compression }, 'store is ready for documents');
        this.#health.succeeded();
        return;
      } catch (error) {
        signal.throwIfAborted();
        this.#health.failed(messageOf(error));
      }
    }
  }

  async #agreeOnCompression(signal: AbortSignal): Promise<Compression> {
    const wanted = this.#config.compression ?? 'none';
    const agreed = await supportedCompression(this.#client, wanted, signal);
    if (agreed !== wanted) this.#deps.log.warn({ wanted, agreed }, 'server does not know the wanted compression');
    return agreed;
  }
}
