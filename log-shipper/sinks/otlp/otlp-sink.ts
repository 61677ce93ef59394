import type { Compression, OtlpOutputConfig } from '../../../lib/config/log-shipper.ts';
import type { Batch } from '../../buffer/batch.ts';
import { deliver } from '../delivery/deliver.ts';
import { OutputHealth } from '../delivery/output-health.ts';
import type { Attempt, Protocol } from '../delivery/protocol.ts';
import { compress } from '../http/compress.ts';
import { HttpClient } from '../http/http-client.ts';
import type { BatchOutcome, Sink, SinkDeps } from '../sink.ts';
import { encodeLogs } from './encode.ts';
import { exportRequest } from './request.ts';
import { judgeExport } from './retry.ts';

/** Ships to whatever takes OTLP over HTTP. Receivers keep no ids: what a killed run had sent but not noted comes again, with the same `log.record.uid`. */
export class OtlpSink implements Sink, Protocol {
  readonly #deps: SinkDeps;
  readonly #client: HttpClient;
  readonly #health: OutputHealth;
  readonly #compression: Compression;

  constructor(config: OtlpOutputConfig, deps: SinkDeps) {
    this.#deps = deps;
    this.#client = new HttpClient(config, deps.clock);
    this.#health = new OutputHealth(deps.log);
    this.#compression = config.compression ?? 'none';
  }

  get lastError(): string | undefined {
    return this.#health.lastError;
  }

  send(batch: Batch, signal: AbortSignal): Promise<BatchOutcome> {
    return deliver({ ...this.#deps, protocol: this, health: this.#health }, batch, signal);
  }

  close(): void {
    this.#client.close();
  }

  encode(batch: Batch, items: readonly number[] | undefined): Buffer | Promise<Buffer> {
    return compress(encodeLogs(batch, items, this.#deps.clock.now()), this.#compression);
  }

  async attempt(body: Buffer, _count: number, signal: AbortSignal): Promise<Attempt> {
    const answer = await this.#client.request(exportRequest(body, this.#compression), signal);
    const verdict = judgeExport(answer.status, answer.body);
    if (verdict.kind === 'partly-rejected') {
      this.#deps.log.error({ count: verdict.count, reason: verdict.reason }, 'output rejected part of a request');
    }
    return {
      verdict:
        verdict.kind === 'retry' ? { ...verdict, reason: verdict.reason + this.#client.hint(answer.status) } : verdict,
      retryAfterMs: answer.retryAfterMs,
    };
  }
}
