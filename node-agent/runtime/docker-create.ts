import type { ContainerCreateOptions, HostConfig } from 'dockerode';
import { labelsOf, type NodeScope } from './docker-labels.ts';
import type { ContainerConfig, EngineAmounts, HostPort, NamespaceMode } from './runtime.ts';

/** The engine's own rotation: 10 MiB × 5, as the kubelet's. Without it a json-file grows without end. */
const LOG_CONFIG = { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } };
const CPU_PERIOD_US = 100_000;

/** The body of the engine's `POST /containers/create`. */
export function createOptions(scope: NodeScope, config: ContainerConfig): ContainerCreateOptions {
  return {
    name: config.name,
    Image: config.image,
    Labels: labelsOf(scope, config),
    Env: [...config.env],
    ...(config.entrypoint ? { Entrypoint: [...config.entrypoint] } : {}),
    ...(config.command ? { Cmd: [...config.command] } : {}),
    ...(config.workingDir ? { WorkingDir: config.workingDir } : {}),
    ...(config.user ? { User: config.user } : {}),
    ...(config.hostname ? { Hostname: config.hostname } : {}),
    ...(config.stopSignal ? { StopSignal: config.stopSignal } : {}),
    OpenStdin: config.stdin,
    StdinOnce: config.stdinOnce,
    Tty: config.tty,
    // A check that the image brings would run beside the pod's probes and mean nothing.
    Healthcheck: { Test: ['NONE'] },
    ExposedPorts: Object.fromEntries(config.hostPorts.map((port) => [portName(port), {}])),
    HostConfig: hostConfig(config),
    ...(config.network.kind === 'bridge'
      ? { NetworkingConfig: { EndpointsConfig: { [config.network.name]: endpointOf(config.network.ip) } } }
      : {}),
  };
}

function endpointOf(ip: string): { IPAMConfig: { IPv4Address: string } } {
  return { IPAMConfig: { IPv4Address: ip } };
}

function hostConfig(config: ContainerConfig): HostConfig {
  const { resources, security } = config;
  return {
    NetworkMode: networkMode(config.network),
    IpcMode: namespaceMode(config.ipc, 'shareable'),
    PidMode: namespaceMode(config.pid, ''),
    Mounts: config.mounts.map((mount) => ({
      Type: 'bind',
      Source: mount.hostPath,
      Target: mount.containerPath,
      ReadOnly: mount.readOnly,
      // Unsaid it is private, but for a folder that the engine's own lie in: that one the engine refuses to mount privately.
      ...(mount.propagation ? { BindOptions: { Propagation: mount.propagation } } : {}),
    })),
    LogConfig: LOG_CONFIG,
    RestartPolicy: { Name: 'no' },
    GroupAdd: config.supplementalGroups.map(String),
    Privileged: security.privileged,
    ReadonlyRootfs: security.readOnlyRootFilesystem,
    SecurityOpt: security.noNewPrivileges ? ['no-new-privileges'] : [],
    CapAdd: [...security.addCapabilities],
    CapDrop: [...security.dropCapabilities],
    OomScoreAdj: resources.oomScoreAdj,
    ...amountOptions(resources),
    ...(config.hostPorts.length > 0
      ? {
          PortBindings: Object.fromEntries(
            config.hostPorts.map((port) => [
              portName(port),
              [{ HostIp: port.hostIP, HostPort: String(port.hostPort) }],
            ]),
          ),
        }
      : {}),
    ...(Object.keys(config.sysctls).length > 0 ? { Sysctls: { ...config.sysctls } } : {}),
  };
}

/** The engine's words for amounts, in `create` and in `update`. */
export function amountOptions({ cpuShares, cpuQuotaUs, memoryBytes }: EngineAmounts): Partial<HostConfig> {
  return {
    ...(cpuShares !== undefined ? { CpuShares: cpuShares } : {}),
    ...(cpuQuotaUs !== undefined ? { CpuPeriod: CPU_PERIOD_US, CpuQuota: cpuQuotaUs } : {}),
    // Swap equal to memory means none: a limit is a limit.
    ...(memoryBytes !== undefined ? { Memory: memoryBytes, MemorySwap: memoryBytes } : {}),
  };
}

function portName(port: HostPort): string {
  return `${port.containerPort}/${port.protocol}`;
}

function networkMode(network: ContainerConfig['network']): string {
  switch (network.kind) {
    case 'host':
      return 'host';
    case 'none':
      return 'none';
    case 'container':
      return `container:${network.containerId}`;
    case 'bridge':
      return network.name;
  }
}

function namespaceMode(mode: NamespaceMode, own: string): string {
  if (mode === 'own') return own;
  return mode === 'host' ? 'host' : `container:${mode.containerId}`;
}
