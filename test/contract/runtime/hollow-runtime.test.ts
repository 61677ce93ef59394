import { SystemClock } from '../../../lib/clock.ts';
import { HollowEngine, HollowRuntime, type HollowProcess } from '../../../node-agent/runtime/hollow-runtime.ts';
import { runtimeSuite } from './runtime-suite.ts';

/** Just enough of a shell for the suite. */
function shell(command: readonly string[]): HollowProcess {
  const script = command.at(-1) ?? '';
  const exit = /^exit (\d+)$/.exec(script)?.[1];
  if (exit !== undefined) return { exitCode: Number(exit) };
  const echo = /^echo (.*)$/.exec(script)?.[1];
  if (echo !== undefined) return { output: `${echo}\n` };
  if (script === 'sleep 1000') return { hangs: true };
  return { ignoresSignals: script.startsWith('trap "" TERM') };
}

runtimeSuite('the hollow engine', () => {
  const engine = new HollowEngine();
  const image = 'app:1';
  const options = { clock: new SystemClock(), images: [image], behaviour: shell, engine };
  return Promise.resolve({
    runtime: new HollowRuntime({ ...options, scope: 'node-1' }),
    neighbour: new HollowRuntime({ ...options, scope: 'node-2' }),
    image,
    networkName: 'pods',
    addresses: ['10.0.0.2', '10.0.0.3'] as const,
    prefix: 'hollow',
    remove: () => Promise.resolve(),
  });
});
