import { namespaced, type BaseObject } from './base-object.ts';
import { baseObjects } from './base-objects.ts';
import { certificateObjects } from './certificate-objects.ts';
import { customObjects } from './custom-objects.ts';
import { deviceObjects } from './device-objects.ts';
import { policyObjects } from './policy-objects.ts';
import { postedObjects } from './posted-objects.ts';

/** One of each kind, and of some kinds several that differ in what is asked of them. */
export const allObjects: Readonly<Record<string, BaseObject>> = {
  ...baseObjects,
  ...certificateObjects,
  ...customObjects,
  ...deviceObjects,
  ...policyObjects,
  ...postedObjects,
};

const container = (name: string) => ({
  name,
  image: `registry.example/${name}:1`,
  command: ['serve'],
  ports: [
    { name: 'http', containerPort: 8080, protocol: 'TCP' },
    { name: 'dns', containerPort: 8080, protocol: 'UDP' },
  ],
  env: [
    { name: 'A', value: 'b' },
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ],
  envFrom: [{ configMapRef: { name: 'settings' } }],
  resources: { requests: { cpu: '100m' } },
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
  securityContext: { capabilities: { drop: ['ALL'] } },
});

/** A template with lists of every way of merging, which is only patched. */
export const patchedObjects: Readonly<Record<string, BaseObject>> = {
  PodTemplateDeployment: {
    path: `${namespaced('apps')}/deployments`,
    object: {
      metadata: { name: 'verdict-patched', labels: { app: 'web' }, annotations: { note: 'x' } },
      spec: {
        replicas: 0,
        paused: true,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: {
            containers: [container('main'), container('other')],
            initContainers: [{ name: 'init', image: 'registry.example/init:1' }],
            volumes: [
              { name: 'data', emptyDir: { medium: 'Memory' } },
              { name: 'all', projected: { sources: [{ configMap: { name: 'a' } }, { secret: { name: 'b' } }] } },
            ],
            imagePullSecrets: [{ name: 'registry' }],
            hostAliases: [{ ip: '10.0.0.2', hostnames: ['other'] }],
            nodeSelector: { disk: 'ssd' },
            tolerations: [{ key: 'dedicated', operator: 'Exists' }],
            securityContext: { supplementalGroups: [5] },
            topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
            schedulingGates: [{ name: 'example.com/gate' }],
            readinessGates: [{ conditionType: 'example.com/ready' }],
          },
        },
      },
    },
  },
};
