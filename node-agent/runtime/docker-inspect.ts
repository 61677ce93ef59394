import type { ContainerInspectInfo } from 'dockerode';
import { kindOf, ownerOf } from './docker-labels.ts';
import type { EngineAmounts, EngineContainer, EngineState } from './runtime.ts';

/** The engine's state words as the three that matter. `paused` still has a process; `removing` and `dead` have none. */
export function stateOf(word: string): EngineState {
  if (word === 'created') return 'created';
  return word === 'running' || word === 'paused' || word === 'restarting' ? 'running' : 'exited';
}

export function containerOf(info: ContainerInspectInfo): EngineContainer {
  const { State: state } = info;
  const started = timeOf(state.StartedAt);
  // Of a run that lasted no time the engine may write down the end before the start.
  const told = timeOf(state.FinishedAt);
  const finished = told === undefined ? undefined : Math.max(told, started ?? 0);
  const shown = stateOf(state.Status);
  // A start that failed leaves the container `created` with an error and an exit code: it has ended as far as a pod is concerned.
  const isFailedStart = shown === 'created' && state.Error !== '';
  const hasEnded = shown === 'exited' || isFailedStart;
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    kind: kindOf(info.Config.Labels),
    owner: ownerOf(info.Config.Labels),
    state: isFailedStart ? 'exited' : shown,
    image: info.Config.Image,
    imageId: info.Image,
    createdAtMs: timeOf(info.Created) ?? 0,
    startedAtMs: started,
    finishedAtMs: hasEnded ? (finished ?? timeOf(info.Created)) : undefined,
    exitCode: hasEnded ? state.ExitCode : undefined,
    oomKilled: state.OOMKilled,
    error: state.Error === '' ? undefined : state.Error,
    ip: addressOf(info),
    pid: state.Pid > 0 ? state.Pid : undefined,
    logPath: info.LogPath === '' ? undefined : info.LogPath,
    resources: amountsOf(info.HostConfig),
  };
}

/** 0 is Docker's word for none. */
function amountsOf({ CpuShares, CpuQuota, Memory }: ContainerInspectInfo['HostConfig']): EngineAmounts {
  return {
    ...(CpuShares ? { cpuShares: CpuShares } : {}),
    ...(CpuQuota ? { cpuQuotaUs: CpuQuota } : {}),
    ...(Memory ? { memoryBytes: Memory } : {}),
  };
}

/** Docker writes the year 1 for never. */
function timeOf(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? undefined : ms;
}

function addressOf(info: ContainerInspectInfo): string | undefined {
  for (const network of Object.values(info.NetworkSettings.Networks)) {
    // A sandbox that does not run has given its address back; what it asked for is still written in its configuration.
    const asked = (network.IPAMConfig as { IPv4Address?: string } | null | undefined)?.IPv4Address;
    const address = network.IPAddress || asked;
    if (address) return address;
  }
  return undefined;
}
