import type { OutputConfig } from '../../lib/config/log-shipper.ts';
import { ElasticsearchSink } from './elasticsearch/elasticsearch-sink.ts';
import { OtlpSink } from './otlp/otlp-sink.ts';
import type { Sink, SinkDeps } from './sink.ts';
import { StdoutSink } from './stdout/stdout-sink.ts';

/** The sink that an output's configuration asks for. */
export function createSink(output: OutputConfig, deps: SinkDeps): Sink {
  switch (output.kind) {
    case 'elasticsearch':
    case 'opensearch':
      return new ElasticsearchSink(output, deps);
    case 'otlp':
      return new OtlpSink(output, deps);
    case 'stdout':
      return new StdoutSink(deps);
  }
}
