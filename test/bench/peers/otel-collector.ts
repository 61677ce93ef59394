import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../../lib/errors.ts';
import { otelCollectorBinary } from '../../servers/otel-collector.ts';
import type { Availability, ShippingTask } from './contender.ts';
import { OtlpSink } from './otlp-sink.ts';

const NAME = 'OpenTelemetry Collector';

/** Builds a Collector through the Go proxy when there is none. */
export function otelCollector(): Availability {
  let binary: string;
  try {
    binary = otelCollectorBinary();
  } catch (error) {
    return { kind: 'missing', name: NAME, reason: messageOf(error).trimEnd() };
  }
  return {
    kind: 'ready',
    contender: {
      name: NAME,
      how: 'filelog with the container parser, file_storage, persistent queue, otlphttp in protobuf without compression',
      runs: 1,
      newSink: () => new OtlpSink(),
      start(task) {
        const state = join(task.root, 'state');
        mkdirSync(state, { recursive: true });
        const file = join(task.root, 'collector.yaml');
        // JSON is YAML.
        writeFileSync(file, JSON.stringify(configuration(task, state)));
        return spawn(binary, ['--config', `file:${file}`], { stdio: ['ignore', 'ignore', 'inherit'] });
      },
    },
  };
}

function configuration({ containers, url }: ShippingTask, state: string): unknown {
  return {
    extensions: { file_storage: { directory: state, create_directory: true } },
    receivers: {
      file_log: {
        include: [`${containers}/*/*-json.log`],
        start_at: 'beginning',
        include_file_path: true,
        // A quarter of the default: lines are noticed sooner, and throughput is the same.
        poll_interval: '10ms',
        storage: 'file_storage',
        operators: [{ type: 'container', format: 'docker', add_metadata_from_filepath: false }],
      },
    },
    exporters: {
      otlp_http: {
        endpoint: url,
        encoding: 'proto',
        compression: 'none',
        sending_queue: {
          enabled: true,
          storage: 'file_storage',
          num_consumers: 4,
          queue_size: 100_000,
          sizer: 'items',
          block_on_overflow: true,
          batch: { flush_timeout: '10ms', min_size: 4_096, max_size: 16_384, sizer: 'items' },
        },
      },
    },
    service: {
      extensions: ['file_storage'],
      pipelines: { logs: { receivers: ['file_log'], exporters: ['otlp_http'] } },
      telemetry: { logs: { level: 'warn' }, metrics: { level: 'none' } },
    },
  };
}
