import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { deployment, node, pod, replicaSet } from '../../../test/support/kube-builders.ts';
import { addDaemonSet, addJob } from './batch-state.ts';
import { MetricText } from './metric-text.ts';
import { addNode } from './node-state.ts';
import { addPod } from './pod-state.ts';
import { addEndpoints, addNamespace, addService } from './service-state.ts';
import { addPersistentVolume, addPersistentVolumeClaim, addStatefulSet, addStorageClass } from './storage-state.ts';
import { addDeployment, addReplicaSet } from './workload-state.ts';

const promtool = '/usr/bin/promtool';

function everything(): string {
  const text = new MetricText();
  addNamespace(text, { metadata: { name: 'default' }, status: { phase: 'Active' } });
  addNode(text, node({ name: 'node-1', spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }));
  const owner = { kind: 'ReplicaSet', name: 'hello-1', uid: 'uid-rs' };
  addPod(
    text,
    pod({
      name: 'hello-1-a',
      node: 'node-1',
      owner,
      readySinceMs: 0,
      restarts: 2,
      requests: { cpu: '250m', memory: '64Mi' },
    }),
  );
  const broken = pod({ name: 'hello-1-b', node: 'node-1', owner, restarts: 7 });
  const [status] = broken.status?.containerStatuses ?? [];
  if (status) {
    status.state = { waiting: { reason: 'CrashLoopBackOff' } };
    status.lastState = { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-01-01T00:00:00Z' } };
  }
  addPod(text, broken);
  addDeployment(
    text,
    deployment({ status: { replicas: 3, readyReplicas: 2, conditions: [{ type: 'Available', status: 'True' }] } }),
  );
  addDaemonSet(text, {
    metadata: { name: 'agent', namespace: 'default' },
    status: { currentNumberScheduled: 2, desiredNumberScheduled: 2, numberMisscheduled: 0, numberReady: 2 },
  });
  const failed = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' };
  addJob(text, { metadata: { name: 'broken', namespace: 'default' }, status: { failed: 3, conditions: [failed] } });
  addJob(text, { metadata: { name: 'trying', namespace: 'default' }, status: { failed: 2 } });
  const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'daily', uid: 'uid-cj', controller: true };
  addJob(text, { metadata: { name: 'fine', namespace: 'default', ownerReferences: [cronJob] }, status: {} });
  addReplicaSet(text, replicaSet({ status: { replicas: 3 } }));
  addStatefulSet(text, {
    metadata: { name: 'web', namespace: 'default', generation: 2 },
    spec: { replicas: 3, serviceName: 'web', selector: {}, template: {} },
    status: { replicas: 2, readyReplicas: 1, currentRevision: 'web-1', updateRevision: 'web-2' },
  });
  const size = { storage: '1Gi' };
  addPersistentVolume(text, {
    metadata: { name: 'v' },
    spec: { capacity: size, local: { path: '/v' }, claimRef: { namespace: 'default', name: 'data' } },
    status: { phase: 'Bound' },
  });
  addPersistentVolumeClaim(text, {
    metadata: { name: 'data', namespace: 'default' },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'local-path',
      volumeName: 'v',
      resources: { requests: size },
    },
    status: { phase: 'Bound' },
  });
  addStorageClass(text, { metadata: { name: 'local-path' }, provisioner: 'vigil.dev/local-path' });
  addService(text, {
    metadata: { name: 'hello', namespace: 'default', uid: 'u' },
    spec: { clusterIP: '10.96.0.9', type: 'ClusterIP' },
  });
  addEndpoints(text, {
    metadata: { name: 'hello', namespace: 'default' },
    subsets: [
      {
        addresses: [{ ip: '10.244.1.2' }],
        notReadyAddresses: [{ ip: '10.244.2.2' }],
        ports: [{ port: 80, protocol: 'TCP' }],
      },
    ],
  });
  return text.toString();
}

describe('the state of objects as metrics', () => {
  test.each([
    'kube_namespace_status_phase{namespace="default",phase="Active"} 1',
    'kube_node_status_condition{node="node-1",condition="Ready",status="true"} 1',
    'kube_node_status_allocatable{node="node-1",resource="memory",unit="byte"} 8589934592',
    'kube_node_spec_taint{node="node-1",key="a",value="",effect="NoSchedule"} 1',
    'kube_pod_owner{namespace="default",pod="hello-1-a",uid="uid-hello-1-a",owner_kind="ReplicaSet",owner_name="hello-1",owner_is_controller="true"} 1',
    'kube_pod_status_phase{namespace="default",pod="hello-1-a",uid="uid-hello-1-a",phase="Running"} 1',
    'kube_pod_status_ready{namespace="default",pod="hello-1-a",uid="uid-hello-1-a",condition="true"} 1',
    'kube_pod_container_status_restarts_total{namespace="default",pod="hello-1-a",uid="uid-hello-1-a",container="main"} 2',
    'kube_pod_container_resource_requests{namespace="default",pod="hello-1-a",uid="uid-hello-1-a",node="node-1",container="main",resource="cpu",unit="core"} 0.25',
    'kube_pod_container_status_waiting_reason{namespace="default",pod="hello-1-b",uid="uid-hello-1-b",container="main",reason="CrashLoopBackOff"} 1',
    'kube_pod_container_status_last_terminated_reason{namespace="default",pod="hello-1-b",uid="uid-hello-1-b",container="main",reason="OOMKilled"} 1',
    'kube_deployment_status_replicas_ready{namespace="default",deployment="hello"} 2',
    'kube_deployment_status_condition{namespace="default",deployment="hello",reason="",condition="Available",status="true"} 1',
    'kube_daemonset_status_number_ready{namespace="default",daemonset="agent"} 2',
    'kube_daemonset_status_number_unavailable{namespace="default",daemonset="agent"} 0',
    'kube_job_status_failed{namespace="default",job_name="broken",reason="BackoffLimitExceeded"} 1',
    'kube_job_status_failed{namespace="default",job_name="broken",reason="Evicted"} 0',
    'kube_job_failed{namespace="default",job_name="broken",condition="true"} 1',
    'kube_job_status_failed{namespace="default",job_name="trying",reason=""} 2',
    'kube_job_status_failed{namespace="default",job_name="fine"} 0',
    'kube_job_owner{namespace="default",job_name="fine",owner_kind="CronJob",owner_name="daily",owner_is_controller="true"} 1',
    'kube_job_owner{namespace="default",job_name="trying",owner_kind="",owner_name="",owner_is_controller=""} 1',
    'kube_replicaset_status_replicas{namespace="default",replicaset="hello-1"} 3',
    'kube_statefulset_replicas{namespace="default",statefulset="web"} 3',
    'kube_statefulset_status_replicas_ready{namespace="default",statefulset="web"} 1',
    'kube_statefulset_status_update_revision{namespace="default",statefulset="web",revision="web-2"} 1',
    'kube_persistentvolume_status_phase{persistentvolume="v",phase="Bound"} 1',
    'kube_persistentvolume_capacity_bytes{persistentvolume="v"} 1073741824',
    'kube_persistentvolume_claim_ref{persistentvolume="v",name="data",claim_namespace="default"} 1',
    'kube_persistentvolumeclaim_info{namespace="default",persistentvolumeclaim="data",storageclass="local-path",volumename="v",volumemode=""} 1',
    'kube_persistentvolumeclaim_status_phase{namespace="default",persistentvolumeclaim="data",phase="Lost"} 0',
    'kube_persistentvolumeclaim_resource_requests_storage_bytes{namespace="default",persistentvolumeclaim="data"} 1073741824',
    'kube_storageclass_info{storageclass="local-path",provisioner="vigil.dev/local-path",reclaim_policy="Delete",volume_binding_mode="Immediate"} 1',
    'kube_service_info{namespace="default",service="hello",uid="u",cluster_ip="10.96.0.9",external_name="",external_traffic_policy="",load_balancer_ip=""} 1',
    'kube_endpoint_address{namespace="default",endpoint="hello",ip="10.244.2.2",port_protocol="TCP",port_number="80",port_name="",ready="false"} 1',
  ])('%s', (line) => {
    expect(everything().split('\n')).toContain(line);
  });

  test('each metric is explained once, before all of its samples', () => {
    const names = everything()
      .split('\n')
      .filter((line) => line.startsWith('# TYPE'))
      .map((line) => line.split(' ')[2]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('quotes, backslashes and line ends in labels are escaped', () => {
    const text = new MetricText();
    text.gauge('a', 'b', { c: 'x"y\\z\n' }, 1);
    expect(text.toString()).toBe('# HELP a b\n# TYPE a gauge\na{c="x\\"y\\\\z\\n"} 1\n');
  });

  test.runIf(existsSync(promtool))('Prometheus reads it', () => {
    const checked = spawnSync(promtool, ['check', 'metrics'], { input: everything(), encoding: 'utf8' });
    // Its advice on names is for new metrics; these names are a contract.
    expect(checked.stderr).not.toMatch(/error while linting|parsing/i);
  });
});
