import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../servers/search-server.ts';
import { eventually } from '../../support/eventually.ts';
import type { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { BUILD_TIMEOUT_MS, kubeStateMetrics } from './built-clients.ts';
import { Kubectl } from './kubectl.ts';
import { differences, parseSamples, type Samples } from './metric-samples.ts';
import { startProgram, type RunningProgram } from './running-program.ts';

/** A sample of each kind that kube-state-metrics watches by default and that has objects here, and a label of it. */
const watched = [
  ['kube_configmap_info', 'configmap="settings"'],
  ['kube_cronjob_info', 'cronjob="yearly"'],
  ['kube_daemonset_created', 'daemonset="agent"'],
  ['kube_deployment_created', 'deployment="web"'],
  ['kube_endpointslice_info', ''],
  ['kube_horizontalpodautoscaler_info', 'horizontalpodautoscaler="web"'],
  ['kube_ingress_info', 'ingress="web"'],
  ['kube_job_info', 'job_name="once"'],
  ['kube_lease_renew_time', 'lease="turn"'],
  ['kube_limitrange', ''],
  ['kube_namespace_created', 'namespace="measured"'],
  ['kube_networkpolicy_created', ''],
  ['kube_node_info', ''],
  ['kube_persistentvolume_info', ''],
  ['kube_persistentvolumeclaim_info', ''],
  ['kube_poddisruptionbudget_created', ''],
  ['kube_pod_info', ''],
  ['kube_replicaset_created', ''],
  ['kube_replicationcontroller_created', 'replicationcontroller="old"'],
  ['kube_resourcequota', ''],
  ['kube_secret_info', ''],
  ['kube_service_info', ''],
  ['kube_statefulset_created', 'statefulset="db"'],
  ['kube_storageclass_info', 'storageclass="measured"'],
  ['kube_volumeattachment_info', 'volumeattachment="measured"'],
] as const;

/** Families of which Vigil's own page must have as many as kube-state-metrics has names and labels for. */
const compared = [
  'kube_node_status_condition',
  'kube_node_status_allocatable',
  'kube_pod_status_phase',
  'kube_pod_container_status_last_terminated_reason',
  'kube_pod_container_status_waiting_reason',
  'kube_pod_init_container_info',
  'kube_deployment_status_condition',
  'kube_statefulset_status_replicas',
  'kube_daemonset_status_desired_number_scheduled',
  'kube_job_status_active',
  'kube_namespace_status_phase',
  'kube_cronjob_info',
  'kube_endpointslice_ports',
  'kube_ingress_path',
  'kube_ingress_tls',
  'kube_limitrange',
  'kube_networkpolicy_spec_ingress_rules',
  'kube_poddisruptionbudget_status_expected_pods',
  'kube_replicationcontroller_owner',
  'kube_resourcequota',
  'kube_volumeattachment_info',
] as const;

/** The real kube-state-metrics over the objects of `measured-objects.ts`, beside Vigil's own page of the same metrics. */
export function describeKubeStateMetrics(plane: () => ControlPlaneProcess): void {
  describe('kube-state-metrics', () => {
    let exporter: RunningProgram | undefined;
    let theirs = async (): Promise<string> => Promise.resolve('');
    let kubectl: Kubectl;

    beforeAll(async () => {
      const program = await kubeStateMetrics();
      kubectl = new Kubectl(plane());
      const [port, telemetryPort] = [await freePort(), await freePort()];
      const loopback = ['--host=127.0.0.1', '--telemetry-host=127.0.0.1'];
      const ports = [`--port=${port}`, `--telemetry-port=${telemetryPort}`];
      exporter = startProgram(program, [`--kubeconfig=${plane().kubeconfig}`, ...loopback, ...ports]);
      theirs = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    }, BUILD_TIMEOUT_MS);

    afterAll(() => exporter?.stop());

    it('lists and watches all of its kinds without an error', async () => {
      await eventually('a sample of every kind is there', async () => {
        const lines = (await theirs()).split('\n');
        const missing = watched.filter(
          ([metric, label]) => !lines.some((line) => line.startsWith(`${metric}{`) && line.includes(label)),
        );
        if (missing.length > 0)
          throw new Error(`missing: ${missing.map(([metric]) => metric).join(', ')}\n${exporter?.output() ?? ''}`);
        return true;
      });
      const complaints = (exporter?.output() ?? '').split('\n').filter((line) => /^[EWF]\d{4} /.test(line));
      expect(complaints).toEqual([]);
    });

    it('says of the same objects what Vigil’s own metrics say: names, labels and values', async () => {
      let [own, others]: readonly [Samples, Samples] = [new Map(), new Map()];
      // Both read what is there now, a moment apart: what differs for good is a difference.
      await eventually('both say the same', async () => {
        own = parseSamples(await kubectl.run(['get', '--raw', '/metrics/state']));
        others = parseSamples(await theirs());
        return differences(own, others).length === 0;
      }).catch(() => undefined);
      expect(differences(own, others)).toEqual([]);
      for (const name of compared) expect([name, own.get(name)?.size]).toEqual([name, others.get(name)?.size]);
    });
  });
}
