import { describe, expect, test } from 'vitest';
import { addCronJob } from './batch-state.ts';
import { addCertificateSigningRequest } from './certificate-state.ts';
import { MetricText } from './metric-text.ts';
import { addIngress } from './network-state.ts';
import { addLimitRange, addResourceQuota } from './policy-state.ts';

/** The samples of one metric, without its head. */
function samples(add: (text: MetricText) => void, metric: string): string[] {
  const text = new MetricText();
  add(text);
  return text
    .toString()
    .split('\n')
    .filter((line) => line.startsWith(`${metric}{`));
}

// What kube-state-metrics says of the same objects is held against this in test/contract/clients; here is what no object there has.
describe('the state of objects as metrics', () => {
  test('a certificate request: what became of it, and the bytes of its certificate', () => {
    const add = (text: MetricText) =>
      addCertificateSigningRequest(text, {
        metadata: { name: 'mine', creationTimestamp: '2026-01-01T00:00:00Z' },
        spec: { request: '', signerName: 'kubernetes.io/kube-apiserver-client' },
        status: {
          certificate: Buffer.from('twelve bytes').toString('base64'),
          conditions: [{ type: 'Approved', status: 'True' }],
        },
      });
    const id = 'certificatesigningrequest="mine",signer_name="kubernetes.io/kube-apiserver-client"';
    expect(samples(add, 'kube_certificatesigningrequest_condition')).toEqual([
      `kube_certificatesigningrequest_condition{${id},condition="approved"} 1`,
      `kube_certificatesigningrequest_condition{${id},condition="denied"} 0`,
      `kube_certificatesigningrequest_condition{${id},condition="failed"} 0`,
    ]);
    expect(samples(add, 'kube_certificatesigningrequest_cert_length')).toEqual([
      `kube_certificatesigningrequest_cert_length{${id}} 12`,
    ]);
  });

  test('an ingress whose class an annotation names, and which leads to an object', () => {
    const add = (text: MetricText) =>
      addIngress(text, {
        metadata: { namespace: 'a', name: 'b', annotations: { 'kubernetes.io/ingress.class': 'old' } },
        spec: {
          ingressClassName: 'new',
          rules: [
            {
              http: {
                paths: [{ pathType: 'Prefix', path: '/', backend: { resource: { kind: 'Bucket', name: 'c' } } }],
              },
            },
          ],
        },
      });
    expect(samples(add, 'kube_ingress_info')).toEqual([
      'kube_ingress_info{namespace="a",ingress="b",ingressclass="old"} 1',
    ]);
    expect(samples(add, 'kube_ingress_path')).toEqual([
      'kube_ingress_path{namespace="a",ingress="b",host="",path="/",path_type="Prefix",resource_api_group="",resource_kind="Bucket",resource_name="c"} 1',
    ]);
  });

  test('quantities in their own unit, parts of it too', () => {
    const quota = (text: MetricText) =>
      addResourceQuota(text, {
        metadata: { namespace: 'a', name: 'b' },
        status: { hard: { cpu: '1500m' }, used: { cpu: '250m' } },
      });
    const id = 'namespace="a",resourcequota="b",resource="cpu"';
    expect(samples(quota, 'kube_resourcequota')).toEqual([
      `kube_resourcequota{${id},type="hard"} 1.5`,
      `kube_resourcequota{${id},type="used"} 0.25`,
    ]);
    const range = (text: MetricText) =>
      addLimitRange(text, {
        metadata: { namespace: 'a', name: 'b' },
        spec: {
          limits: [{ type: 'Container', defaultRequest: { memory: '1Ki' }, maxLimitRequestRatio: { cpu: '2' } }],
        },
      });
    expect(samples(range, 'kube_limitrange')).toEqual([
      'kube_limitrange{namespace="a",limitrange="b",resource="memory",type="Container",constraint="defaultRequest"} 1024',
      'kube_limitrange{namespace="a",limitrange="b",resource="cpu",type="Container",constraint="maxLimitRequestRatio"} 2',
    ]);
  });

  test('a cron job that has run, in its time zone', () => {
    const add = (text: MetricText) =>
      addCronJob(text, {
        metadata: { namespace: 'a', name: 'b', resourceVersion: '7' },
        spec: { schedule: '0 4 * * *', timeZone: 'Europe/Berlin', suspend: true, jobTemplate: {} },
        status: { lastScheduleTime: '2026-01-01T00:00:00Z', active: [{ name: 'b-1' }] },
      });
    const id = 'namespace="a",cronjob="b"';
    expect(samples(add, 'kube_cronjob_info')[0]).toContain('timezone="Europe/Berlin"');
    expect(samples(add, 'kube_cronjob_status_last_schedule_time')).toEqual([
      `kube_cronjob_status_last_schedule_time{${id}} 1767225600`,
    ]);
    expect(samples(add, 'kube_cronjob_status_active')).toEqual([`kube_cronjob_status_active{${id}} 1`]);
    expect(samples(add, 'kube_cronjob_spec_suspend')).toEqual([`kube_cronjob_spec_suspend{${id}} 1`]);
  });
});
