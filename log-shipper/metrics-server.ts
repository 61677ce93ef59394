import type { Server } from 'node:http';
import type { Component } from '../lib/component.ts';
import { http } from '../lib/http-module.ts';
import type { ShipperFigures } from './figures.ts';
import { renderMetrics } from './metrics.ts';

/** `/metrics` and `/healthz`. */
export class MetricsServer implements Component {
  readonly name = 'metrics-server';
  readonly #host: string;
  readonly #port: number;
  readonly #figures: () => ShipperFigures;
  #server: Server | undefined;

  constructor(host: string, port: number, figures: () => ShipperFigures) {
    this.#host = host;
    this.#port = port;
    this.#figures = figures;
  }

  async start(): Promise<void> {
    const server = http.createServer((request, response) => {
      if (request.url === '/healthz') response.end('ok');
      else if (request.url === '/metrics') {
        response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
        response.end(renderMetrics(this.#figures()));
      } else {
        response.statusCode = 404;
        response.end();
      }
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, this.#host, resolve);
    });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
