import type { EngineContainer, Runtime } from '../runtime/runtime.ts';
import { errored, type CheckOutcome } from './check-outcome.ts';
import { execCheck } from './exec-check.ts';
import { grpcCheck } from './grpc-check.ts';
import { httpCheck } from './http-check.ts';
import type { CheckRunner } from './probe-manager.ts';
import type { Check } from './probe-spec.ts';
import { tcpCheck } from './tcp-check.ts';

/** Checks from the machine itself: addresses of pods are reached over the bridge, commands run through the engine. */
export function checkRunner(runtime: Runtime): CheckRunner {
  return (check, run, podIP, timeoutMs, signal) => runCheck(runtime, check, run, podIP, timeoutMs, signal);
}

async function runCheck(
  runtime: Runtime,
  check: Check,
  run: EngineContainer,
  podIP: string | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckOutcome> {
  if (check.kind === 'invalid') return errored(check.message);
  if (check.kind === 'exec') return execCheck(runtime, run.id, check.command, timeoutMs, signal);
  const host = check.kind === 'grpc' ? podIP : (check.host ?? podIP);
  if (host === undefined) return errored('the pod has no address');
  switch (check.kind) {
    case 'http':
      return httpCheck({ ...check.target, host }, timeoutMs, signal);
    case 'tcp':
      return tcpCheck(host, check.port, timeoutMs, signal);
    case 'grpc':
      return grpcCheck(host, check.port, check.service, timeoutMs, signal);
  }
}
