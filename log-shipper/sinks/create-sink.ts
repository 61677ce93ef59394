import type { OutputConfig } from '../../lib/config/log-shipper.ts';
import { ElasticsearchSink } from './elasticsearch/elasticsearch-sink.ts';
import type { Sink, SinkDeps } from './sink.ts';

/** The sink that an output's configuration asks for. */
export function createSink(output: OutputConfig, deps: SinkDeps): Sink {
  switch (output.kind) {
    case 'elasticsearch':
    case 'opensearch':
      return new ElasticsearchSink(output, deps);
    case 'otlp':
    case 'stdout':
      throw new Error('soon');
  }
}
