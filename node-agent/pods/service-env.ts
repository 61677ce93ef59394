import type { Service } from '../../lib/kube/types.ts';

/**
 * Variables that tell a container where Services are, as upstream writes them: those of its namespace (when `withLinks`) and always `default/kubernetes`.
 * Services without an address of their own have none.
 */
export function serviceEnv(
  services: Iterable<Service>,
  namespace: string,
  withLinks: boolean,
): ReadonlyMap<string, string> {
  const env = new Map<string, string>();
  for (const service of services) {
    const { name = '', namespace: at } = service.metadata ?? {};
    const isMaster = at === 'default' && name === 'kubernetes';
    if (!isMaster && !(withLinks && at === namespace)) continue;
    addService(env, name, service);
  }
  return env;
}

function addService(env: Map<string, string>, name: string, service: Service): void {
  const ip = service.spec?.clusterIP;
  const ports = service.spec?.ports ?? [];
  const [first] = ports;
  if (!ip || ip === 'None' || !first) return;
  const prefix = variableName(name);
  env.set(`${prefix}_SERVICE_HOST`, ip);
  env.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports) {
    if (port.name) env.set(`${prefix}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
  }
  env.set(`${prefix}_PORT`, urlOf(ip, first));
  for (const port of ports) {
    const protocol = port.protocol ?? 'TCP';
    const base = `${prefix}_PORT_${port.port}_${protocol}`;
    env.set(base, urlOf(ip, port));
    env.set(`${base}_PROTO`, protocol.toLowerCase());
    env.set(`${base}_PORT`, String(port.port));
    env.set(`${base}_ADDR`, ip);
  }
}

function urlOf(ip: string, port: { readonly port: number; readonly protocol?: string }): string {
  return `${(port.protocol ?? 'TCP').toLowerCase()}://${ip}:${port.port}`;
}

function variableName(name: string): string {
  return name.replaceAll('-', '_').toUpperCase();
}
