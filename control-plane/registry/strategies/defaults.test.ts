import { describe, expect, it } from 'vitest';
import { defaulted, pod, deployment, service } from '../../../test/support/strategy-verdicts.ts';
import type { Strategy } from '../strategy.ts';
import { deploymentStrategy } from './deployment.ts';
import { horizontalPodAutoscalerStrategy } from './horizontal-pod-autoscaler.ts';
import { namespaceStrategy } from './namespace.ts';
import { podStrategy } from './pod.ts';
import { secretStrategy } from './secret.ts';
import { serviceStrategy } from './service.ts';

describe('defaults', () => {
  it('fill in a pod as upstream does', () => {
    const made = defaulted(podStrategy, {
      metadata: { name: 'a' },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'nginx',
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { port: 80 } },
            resources: { limits: { cpu: '0.2', memory: '64Mi' } },
            env: [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
          },
        ],
        volumes: [{ name: 'e' }, { name: 'c', configMap: { name: 'x' } }],
      },
    });
    expect(made).toEqual({
      metadata: { name: 'a' },
      spec: {
        restartPolicy: 'Always',
        dnsPolicy: 'ClusterFirst',
        terminationGracePeriodSeconds: 30,
        securityContext: {},
        schedulerName: 'default-scheduler',
        enableServiceLinks: true,
        containers: [
          {
            name: 'c',
            image: 'nginx',
            imagePullPolicy: 'Always',
            terminationMessagePath: '/dev/termination-log',
            terminationMessagePolicy: 'File',
            ports: [{ containerPort: 80, protocol: 'TCP' }],
            livenessProbe: {
              httpGet: { port: 80, path: '/', scheme: 'HTTP' },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
            resources: { limits: { cpu: '200m', memory: '64Mi' }, requests: { cpu: '200m', memory: '64Mi' } },
            env: [{ name: 'N', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
          },
        ],
        volumes: [
          { name: 'e', emptyDir: {} },
          { name: 'c', configMap: { name: 'x', defaultMode: 420 } },
        ],
      },
      status: { phase: 'Pending', qosClass: 'Guaranteed' },
    });
  });

  it.each([
    ['nginx', 'Always'],
    ['nginx:latest', 'Always'],
    ['registry:5000/nginx', 'Always'],
    ['nginx:1.2', 'IfNotPresent'],
    ['nginx@sha256:0123', 'IfNotPresent'],
  ])('pull image %s %s', (image, policy) => {
    expect(defaulted(podStrategy, pod({}, { image })).spec?.containers[0]?.imagePullPolicy).toBe(policy);
  });

  it.each([
    [undefined, 'BestEffort'],
    [{ requests: { cpu: '1' } }, 'Burstable'],
    [{ limits: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
    [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }, 'Burstable'],
  ])('put a pod with resources %j into class %s', (resources, qosClass) => {
    expect(defaulted(podStrategy, pod({}, { resources })).status?.qosClass).toBe(qosClass);
  });

  it('fill in a deployment, whose template gets no pod-only fields', () => {
    const made = defaulted(deploymentStrategy, deployment());
    expect(made.spec).toMatchObject({
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: { spec: { restartPolicy: 'Always', schedulerName: 'default-scheduler' } },
    });
    expect(made.spec?.template.spec).not.toHaveProperty('enableServiceLinks');
  });

  it('fill in a service', () => {
    expect(defaulted(serviceStrategy, service()).spec).toEqual({
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    });
  });

  it('encode stringData of a secret over its data', () => {
    expect(defaulted(secretStrategy, { data: { a: 'eA==', b: 'eQ==' }, stringData: { a: 'z' } })).toEqual({
      type: 'Opaque',
      data: { a: 'eg==', b: 'eQ==' },
    });
  });

  it('label a namespace with its name and hold it until it is empty', () => {
    expect(defaulted(namespaceStrategy, { metadata: { name: 'x' } })).toEqual({
      metadata: { name: 'x', labels: { 'kubernetes.io/metadata.name': 'x' } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  });

  it('scale on 80 % of cpu where no metric is named', () => {
    const made = defaulted(horizontalPodAutoscalerStrategy, {
      spec: { maxReplicas: 3, scaleTargetRef: { kind: 'Deployment', name: 'a' } },
    });
    expect(made.spec?.minReplicas).toBe(1);
    expect(made.spec?.metrics?.[0]?.resource?.target.averageUtilization).toBe(80);
  });

  it.each([podStrategy, deploymentStrategy, serviceStrategy, secretStrategy, horizontalPodAutoscalerStrategy])(
    'are the same when applied twice',
    (strategy) => {
      const kind = strategy as Strategy;
      for (const object of [pod(), deployment(), service()]) {
        const once = defaulted(kind, object);
        const twice = structuredClone(once);
        kind.default?.(twice);
        expect(twice).toEqual(once);
      }
    },
  );
});
