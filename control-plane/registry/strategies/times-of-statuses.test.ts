import { expect, it } from 'vitest';
import type { CertificateSigningRequest, PersistentVolume } from '../../../lib/kube/types.ts';
import { certificateSigningRequestStrategy } from './certificate-signing-request.ts';
import { persistentVolumeStrategy } from './persistent-volume.ts';

const before = '2026-01-01T00:00:00Z';
const nowMs = Date.parse('2026-01-02T00:00:00Z');
const now = '2026-01-02T00:00:00Z';

type Condition = NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number];

const request = (...conditions: Condition[]): CertificateSigningRequest => ({
  spec: { request: '', signerName: 'example.com/signer' },
  status: { conditions },
});

it.each<[string, Condition, Condition | undefined, Partial<Condition>]>([
  ['is new', { type: 'Approved', status: 'True' }, undefined, { lastUpdateTime: now, lastTransitionTime: now }],
  [
    'is as it was',
    { type: 'Approved', status: 'True' },
    { type: 'Approved', status: 'True', lastTransitionTime: before },
    { lastUpdateTime: now, lastTransitionTime: before },
  ],
  [
    'says when',
    { type: 'Approved', status: 'True', lastUpdateTime: before, lastTransitionTime: before },
    undefined,
    { lastUpdateTime: before, lastTransitionTime: before },
  ],
])('a condition of a certificate request that %s has its times', (_name, condition, old, expected) => {
  const changed = request(condition);
  const present = old ? request(old) : request();
  certificateSigningRequestStrategy.prepareForStatusUpdate?.(changed, present, nowMs, 'approval');
  expect(changed.status?.conditions?.[0]).toMatchObject(expected);
});

it.each<[string, PersistentVolume['status'], string]>([
  ['another phase', { phase: 'Bound' }, now],
  [
    'another phase, and when',
    { phase: 'Bound', lastPhaseTransitionTime: '2026-01-01T12:00:00Z' },
    '2026-01-01T12:00:00Z',
  ],
  ['another phase with the time of the last', { phase: 'Bound', lastPhaseTransitionTime: before }, now],
  ['the same phase', { phase: 'Available' }, before],
])('a volume says since when it is in its phase: %s', (_name, status, expected) => {
  const volume: PersistentVolume = { status };
  const old: PersistentVolume = { status: { phase: 'Available', lastPhaseTransitionTime: before } };
  persistentVolumeStrategy.prepareForStatusUpdate?.(volume, old, nowMs, 'status');
  expect(volume.status?.lastPhaseTransitionTime).toBe(expected);
});
