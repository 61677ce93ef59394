import { beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { mustRun } from '../../support/run-program.ts';
import { BUILD_TIMEOUT_MS, goProgram } from './built-clients.ts';

/** A part that ended early says why in `error`, and has seen what it has seen until then. */
interface Outcome {
  readonly saw?: unknown;
  readonly error?: string;
}

interface Traffic {
  readonly counts: Readonly<Record<string, number>>;
  /** Requests that asked for protobuf first, and what they were answered in instead. */
  readonly otherwise: Readonly<Record<string, string>>;
}

const SESSION_TIMEOUT_MS = 120_000;
const streaming = { KUBE_FEATURE_WatchListClient: 'true', KUBE_FEATURE_ClientsAllowCBOR: 'true' };
const paging = { KUBE_FEATURE_WatchListClient: 'false' };

const sessions = [
  { format: 'protobuf', lists: 'streaming lists', env: streaming },
  { format: 'json', lists: 'lists in pages', env: paging },
] as const;

/** What programs on client-go do, once as built-in controllers do it and once as older programs do. */
export function describeClientGo(plane: () => ControlPlaneProcess): void {
  let program = '';
  beforeAll(async () => {
    program = await goProgram('clientgo');
  }, BUILD_TIMEOUT_MS);

  describe.each(sessions)('client-go with $format and $lists', ({ format, lists, env }) => {
    let outcomes: Readonly<Record<string, Outcome>> = {};
    beforeAll(async () => {
      const args = [plane().kubeconfig, format, `clientgo-${format}`];
      outcomes = JSON.parse(await mustRun(program, args, { env, timeoutMs: SESSION_TIMEOUT_MS })) as typeof outcomes;
    }, SESSION_TIMEOUT_MS + 10_000);

    it('creates, patches in three ways, scales and deletes a Deployment', () => {
      expect(outcomes['deployment']).toEqual({
        saw: {
          created: {
            generation: 1,
            note: 'schön',
            maxSurge: '50%',
            maxUnavailable: '25%',
            revisionHistoryLimit: 10,
            protocol: 'TCP',
            probePort: 'http',
            cpu: '250m',
            hasUID: true,
          },
          scale: { replicas: 3, selector: 'app=web' },
          patched: {
            env: { MODE: 'a', MORE: 'b' },
            annotations: expect.objectContaining({ kept: 'yes' }) as object,
            replicas: 1,
            dryReplicas: 9,
          },
          deletionOfAnother: 'Conflict',
          podsLeft: 0,
        },
      });
    });

    it('finds the reason, code and field in what is refused', () => {
      expect(outcomes['refusals']).toEqual({
        saw: {
          absent: { reason: 'NotFound', code: 404 },
          twice: { reason: 'AlreadyExists', code: 409 },
          stale: { reason: 'Conflict', code: 409 },
          invalid: { reason: 'Invalid', code: 422, cause: 'spec.replicas' },
          selector: { reason: 'BadRequest', code: 400 },
          continue: { reason: 'BadRequest', code: 400 },
        },
      });
    });

    it('is told by a shared informer of each pod exactly once that it came, changed and went', () => {
      const each = { pods: 20, others: 0 };
      expect(outcomes['informer']).toEqual({
        saw: { atSync: 10, resynced: 20, added: each, updated: each, deleted: each },
      });
    });

    it('elects one leader by a Lease, and the next when that one lets go', () => {
      expect(outcomes['leaderElection']).toEqual({
        saw: { leaders: ['one', 'two'], secondWaited: true, holder: 'two', transitions: 1, microseconds: true },
      });
    });

    it('defines a kind and uses it through the dynamic client', () => {
      expect(outcomes['customResource']).toEqual({
        saw: {
          created: { size: 3, color: 'grey' },
          tooSmall: 'Invalid',
          statusOnly: { spec: { size: 3, color: 'grey' }, status: { ready: true } },
          generation: 2,
          strategicPatch: 'UnsupportedMediaType',
          applyUnknown: 'BadRequest',
          applyConflict: 'Conflict',
          applied: { size: 5, color: 'grey' },
          told: ['add', 'update', 'update', 'update', 'delete'],
        },
      });
    });

    it('discovers every resource as a kind that it knows', () => {
      expect(outcomes['discovery']).toEqual({
        saw: {
          minor: '36',
          groups: expect.any(Number) as number,
          served: expect.any(Number) as number,
          strange: [],
          mapped: {
            Pod: '/v1, Resource=pods namespace',
            Deployment: 'apps/v1, Resource=deployments namespace',
            HorizontalPodAutoscaler: 'autoscaling/v2, Resource=horizontalpodautoscalers namespace',
            NetworkPolicy: 'networking.k8s.io/v1, Resource=networkpolicies namespace',
            EndpointSlice: 'discovery.k8s.io/v1, Resource=endpointslices namespace',
          },
          deployments: 'apps/v1, Kind=Deployment',
          openapiOfApps: true,
          openapiOfPorts: {
            containerPort: 'integer (int32)',
            hostIP: 'string',
            hostPort: 'integer (int32)',
            name: 'string',
            protocol: 'string',
          },
        },
      });
    });

    it('reads a list in pages of one moment', () => {
      expect(outcomes['pages']).toEqual({
        saw: { sizes: [10, 10, 5], names: 25, revisions: 1, counted: 24, saysHowManyRemain: true },
      });
    });

    it('streams what there is up to a bookmark and goes on watching from there over several connections', () => {
      expect(outcomes['watch']).toEqual({
        saw: {
          initial: ['ADDED watched', 'BOOKMARK true'],
          later: ['MODIFIED watched1', 'MODIFIED watched2', 'MODIFIED watched3', 'DELETED watched3'],
        },
      });
    });

    it('shares a Deployment with another manager by applying', () => {
      expect(outcomes['apply']).toEqual({
        saw: {
          generationAfterTwice: 1,
          conflict: 'Conflict',
          conflictingField: '.spec.replicas',
          last: { replicas: 5, image: 'web:2' },
          extracted: { hasReplicas: false, image: 'web:2' },
        },
      });
    });

    it('loses no step of writers that try again on conflicts', () => {
      expect(outcomes['conflicts']).toEqual({ saw: { counted: '40' } });
    });

    it('reads and patches metadata alone', () => {
      expect(outcomes['metadata']).toEqual({
        saw: { name: 'counter', listed: 24, label: 'b', told: 'b' },
      });
    });

    it('reviews a token that it asked for, asks who may do what and evicts', () => {
      expect(outcomes['reviews']).toEqual({
        saw: {
          user: `system:serviceaccount:clientgo-${format}:default`,
          authenticated: true,
          accountMay: false,
          selfMay: true,
        },
      });
    });

    it('records one event that counts, and reads it in both groups', () => {
      expect(outcomes['events']).toEqual({
        saw: { reason: 'Counted', note: 'counted on', count: 3, controller: 'clientgo' },
      });
    });

    it('spoke as it was asked to, and met no error of the server', () => {
      const { counts, otherwise } = (outcomes['traffic']?.saw ?? { counts: {}, otherwise: {} }) as Traffic;
      expect(counts['server error']).toBeUndefined();
      expect(counts['streaming list'] ?? 0).toBeGreaterThan(lists === 'streaming lists' ? 2 : 0);
      const sent = counts['sent application/vnd.kubernetes.protobuf'] ?? 0;
      const received = counts['received application/vnd.kubernetes.protobuf'] ?? 0;
      if (format === 'protobuf') {
        expect(sent).toBeGreaterThan(50);
        expect(received).toBeGreaterThan(sent);
        expect(counts['watch in application/vnd.kubernetes.protobuf;stream=watch'] ?? 0).toBeGreaterThan(2);
        expect(counts['refused in application/vnd.kubernetes.protobuf'] ?? 0).toBeGreaterThan(5);
        expect(otherwise).toEqual({});
        // Only the client of metadata asks for protobuf whatever it was told: to get, list, watch and patch.
      } else expect([sent, received]).toEqual([0, 4]);
    });
  });
}
