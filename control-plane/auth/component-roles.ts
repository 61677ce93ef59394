import type { ClusterRole } from '../../lib/kube/types.ts';
import { read, role, rule } from './role-builders.ts';

const change = ['patch', 'update'];
const tellEvents = rule(['create', ...change], ['', 'events.k8s.io'], ['events']);

/**
 * Upstream's roles for parts of a cluster. Vigil's own parts need none of them: they are for the schedulers, provisioners, proxies and detectors that charts bring, which
 * bind their service accounts to them.
 */
export const componentRoles: readonly ClusterRole[] = [
  role('system:kube-scheduler', [
    tellEvents,
    rule(['create'], 'coordination.k8s.io', ['leases']),
    rule([...read, 'update'], 'coordination.k8s.io', ['leases'], ['kube-scheduler']),
    rule(read, '', [
      'namespaces',
      'nodes',
      'persistentvolumeclaims',
      'persistentvolumes',
      'replicationcontrollers',
      'services',
    ]),
    rule([...read, 'delete'], '', ['pods']),
    rule(['create'], '', ['bindings', 'pods/binding']),
    rule(change, '', ['pods/status']),
    rule(['update'], '', ['pods/finalizers']),
    rule(read, 'apps', ['replicasets', 'statefulsets']),
    rule(read, 'policy', ['poddisruptionbudgets']),
    rule(read, 'storage.k8s.io', ['csidrivers', 'csinodes', 'csistoragecapacities', 'volumeattachments']),
    rule(read, 'resource.k8s.io', ['deviceclasses', 'resourceslices']),
    rule([...read, ...change], 'resource.k8s.io', ['resourceclaims', 'resourceclaims/status']),
    rule(['create', 'delete'], 'resource.k8s.io', ['resourceclaims']),
    rule(['create'], 'authentication.k8s.io', ['tokenreviews']),
    rule(['create'], 'authorization.k8s.io', ['subjectaccessreviews']),
  ]),
  role('system:volume-scheduler', [
    rule([...read, ...change], '', ['persistentvolumeclaims', 'persistentvolumes']),
    rule(read, 'storage.k8s.io', ['storageclasses']),
  ]),
  role('system:persistent-volume-provisioner', [
    tellEvents,
    rule([...read, 'create', 'delete'], '', ['persistentvolumes']),
    rule([...read, 'update'], '', ['persistentvolumeclaims']),
    rule(read, 'storage.k8s.io', ['storageclasses']),
    rule(['watch'], '', ['events']),
  ]),
  role('system:kube-dns', [rule(['list', 'watch'], '', ['endpoints', 'services'])]),
  role('system:node-proxier', [
    tellEvents,
    rule(['list', 'watch'], '', ['endpoints', 'services']),
    rule(read, '', ['nodes']),
    rule(['list', 'watch'], 'networking.k8s.io', ['servicecidrs']),
    rule(['list', 'watch'], 'discovery.k8s.io', ['endpointslices']),
  ]),
  role('system:node-problem-detector', [
    tellEvents,
    rule(['get'], '', ['nodes']),
    rule(['patch'], '', ['nodes/status']),
  ]),
];
