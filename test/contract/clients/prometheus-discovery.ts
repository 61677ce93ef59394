import { beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../support/run-program.ts';
import type { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { BUILD_TIMEOUT_MS, goProgram } from './built-clients.ts';
import { measured } from './measured-objects.ts';

type Labels = Readonly<Record<string, string>>;

const roles = ['node', 'pod', 'service', 'endpoints', 'endpointslice', 'ingress'] as const;

/** Of each role one target with the labels that scrape configurations use. */
const expected: Readonly<Record<(typeof roles)[number], Labels>> = {
  node: {
    __address__: '10.244.7.1:10250',
    __meta_kubernetes_node_name: 'measured-1',
    __meta_kubernetes_node_provider_id: 'test://1',
    __meta_kubernetes_node_label_node_role_kubernetes_io_worker: '',
    __meta_kubernetes_node_address_InternalIP: '10.244.7.1',
  },
  pod: {
    __address__: '10.244.7.9:8080',
    __meta_kubernetes_namespace: measured,
    __meta_kubernetes_pod_name: 'alone',
    __meta_kubernetes_pod_ip: '10.244.7.9',
    __meta_kubernetes_pod_label_app: 'alone',
    __meta_kubernetes_pod_container_name: 'main',
    __meta_kubernetes_pod_container_port_name: 'http',
    __meta_kubernetes_pod_phase: 'Running',
    __meta_kubernetes_pod_ready: 'false',
    __meta_kubernetes_pod_node_name: 'measured-1',
  },
  service: {
    __address__: `web.${measured}.svc:80`,
    __meta_kubernetes_service_name: 'web',
    __meta_kubernetes_service_port_name: 'http',
    __meta_kubernetes_service_type: 'ClusterIP',
    __meta_kubernetes_service_label_app: 'web',
  },
  endpoints: {
    __address__: '10.244.7.9:8080',
    __meta_kubernetes_endpoints_name: 'web',
    __meta_kubernetes_endpoint_ready: 'false',
    __meta_kubernetes_endpoint_address_target_name: 'alone',
    __meta_kubernetes_endpoint_address_target_kind: 'Pod',
    __meta_kubernetes_service_name: 'web',
    __meta_kubernetes_pod_name: 'alone',
  },
  endpointslice: {
    __address__: '10.244.7.9:8080',
    __meta_kubernetes_endpointslice_address_type: 'IPv4',
    __meta_kubernetes_endpointslice_port_name: 'http',
    __meta_kubernetes_endpointslice_endpoint_conditions_ready: 'false',
    __meta_kubernetes_endpointslice_address_target_name: 'alone',
    __meta_kubernetes_service_name: 'web',
    __meta_kubernetes_pod_name: 'alone',
  },
  ingress: {
    __address__: 'web.example.com',
    __meta_kubernetes_ingress_name: 'web',
    __meta_kubernetes_ingress_path: '/',
    __meta_kubernetes_ingress_scheme: 'https',
  },
};

/** Prometheus' own discovery, as the package that Prometheus is built of, over the objects of `measured-objects.ts`. (Debian's Prometheus is built without it.) */
export function describePrometheusDiscovery(plane: () => ControlPlaneProcess): void {
  describe('the discovery of Prometheus', () => {
    let found: Readonly<Record<string, readonly Labels[]>> = {};
    let complaints = '';

    beforeAll(async () => {
      const program = await goProgram('discover');
      const { code, stdout, stderr } = await runProgram(program, [plane().kubeconfig], { timeoutMs: 150_000 });
      if (code !== 0) throw new Error(`the discovery ended with ${code}:\n${stderr}`);
      found = JSON.parse(stdout) as typeof found;
      complaints = stderr;
    }, BUILD_TIMEOUT_MS);

    it.each(roles)('finds every %s with the labels that scrape configurations use', (role) => {
      expect(found[role]).toContainEqual(expect.objectContaining(expected[role]));
    });

    it('finds each container and each endpoint once', () => {
      const count = (role: (typeof roles)[number], name: string, value: string) =>
        (found[role] ?? []).filter((labels) => labels[`__meta_kubernetes_${name}`] === value).length;
      // `main` with its port, `side` and `first` without.
      expect(count('pod', 'pod_name', 'alone')).toBe(3);
      expect(count('endpointslice', 'service_name', 'web')).toBe(1);
      expect(count('endpoints', 'endpoints_name', 'web')).toBe(1);
    });

    it('meets no error on the way', () => {
      expect(complaints.split('\n').filter((line) => line !== '' && !isDeprecation(line))).toEqual([]);
    });
  });
}

/** Upstream marks Endpoints as deprecated in favour of EndpointSlices and says so to whoever asks for them. */
function isDeprecation(line: string): boolean {
  return /v1 Endpoints is deprecated|endpoints role is deprecated/i.test(line);
}
