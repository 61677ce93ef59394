import type { Registry as MetricsRegistry } from 'prom-client';
import { pathNotFound } from '../../lib/kube/status-errors.ts';
import type { PathHandler } from './handlers.ts';

/** A text of metrics, made when it is asked for. */
export type Scrape = (signal: AbortSignal) => Promise<string>;

/** `/metrics` is this server's own; behind it stand further texts by name, `/metrics/state` for instance. */
export function metricsPath(own: MetricsRegistry, scrapes: ReadonlyMap<string, Scrape>): PathHandler {
  return async (exchange) => {
    const [, , name = '', ...rest] = exchange.path.split('/');
    const scrape = name === '' ? () => own.metrics() : scrapes.get(name);
    if (!scrape || rest.length > 0) throw pathNotFound();
    exchange.sendBytes(200, Buffer.from(await scrape(exchange.signal())), own.contentType);
  };
}
