import { describe, expect, it } from 'vitest';
import { internalPodTemplate } from './internal-form.ts';

describe('a pod template in a message', () => {
  it('shows every member of its structures, as kube-apiserver prints them', () => {
    const template = {
      metadata: { labels: { app: 'a' } },
      spec: {
        hostNetwork: true,
        restartPolicy: 'Never',
        dnsPolicy: 'ClusterFirst',
        tolerations: [{ key: 'a', operator: 'Exists' }],
        volumes: [{ name: 'e', emptyDir: {} }],
        containers: [
          {
            name: 'a',
            image: 'b',
            env: [{ name: 'C', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
            livenessProbe: { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, periodSeconds: 10 },
          },
        ],
      },
    };
    const text = JSON.stringify(internalPodTemplate(template));
    expect(text).toMatch(
      /^{"labels":{"app":"a"},"Spec":{"Volumes":\[{"Name":"e","HostPath":null,"EmptyDir":{"Medium":"","SizeLimit":null},/,
    );
    expect(text).toContain('"InitContainers":null,"Containers":[{"Name":"a","Image":"b","Command":null,');
    expect(text).toContain('"Resources":{"Limits":null,"Requests":null,"Claims":null},"ResizePolicy":null,');
    expect(text).toContain('"LivenessProbe":{"Exec":null,"HTTPGet":{"Path":"/","Port":80,"Host":"","Scheme":"HTTP",');
    expect(text).toContain(
      '"ValueFrom":{"FieldRef":{"APIVersion":"v1","FieldPath":"metadata.name"},"ResourceFieldRef":null,',
    );
    expect(text).toContain('"SecurityContext":{"HostNetwork":true,"HostPID":false,');
    expect(text).toContain(
      '"Tolerations":[{"Key":"a","Operator":"Exists","Value":"","Effect":"","TolerationSeconds":null}]',
    );
  });
});
