import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { mustRun } from '../../support/run-program.ts';
import { BUILD_TIMEOUT_MS, pythonWithClient } from './built-clients.ts';

const session = join(import.meta.dirname, 'python/session.py');

/** What programs on the official Python client do. */
export function describePython(plane: () => ControlPlaneProcess): void {
  describe('the Python client', () => {
    let saw: Readonly<Record<string, unknown>> = {};
    beforeAll(async () => {
      const python = await pythonWithClient();
      const text = await mustRun(python, ['-B', session, plane().kubeconfig, 'python'], { timeoutMs: 120_000 });
      saw = JSON.parse(text) as typeof saw;
    }, BUILD_TIMEOUT_MS);

    it('creates, patches, scales, replaces and deletes a Deployment', () => {
      expect(saw['typed']).toEqual({
        created: { generation: 1, strategy: 'RollingUpdate', aware: true },
        env: { A: '1', B: '2' },
        jsonPatched: 3,
        scale: { replicas: 3, selector: 'app=web' },
        listed: ['web'],
        deletion: { kind: 'Status', status: 'Success' },
      });
    });

    it('watches from the list that it read, and reads and deletes collections', () => {
      expect(saw['watched']).toEqual({
        events: [
          ['ADDED', 'map-1', '1'],
          ['MODIFIED', 'map-0', '9'],
          ['DELETED', 'map-1', '1'],
        ],
        pages: [4, 2],
        left: 0,
      });
    });

    it('uses a kind of its own through the dynamic client', () => {
      expect(saw['dynamic']).toEqual({
        sizes: [5, 7],
        names: ['one'],
        tooLarge: 422,
        watched: ['ADDED'],
        gone: true,
      });
    });

    it('reads errors as Status objects', () => {
      const refused = (status: number, reason: string, causes: readonly unknown[] = []) => ({
        status,
        header: 'application/json',
        kind: 'Status',
        reason,
        causes,
      });
      expect(saw['refusals']).toEqual({
        absent: refused(404, 'NotFound'),
        log: refused(404, 'NotFound'),
        invalid: refused(422, 'Invalid', ['spec.replicas: Invalid value: -1: must be greater than or equal to 0']),
        name: refused(422, 'Invalid', [
          expect.stringContaining('metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must'),
        ]),
      });
      expect(saw['version']).toBe('36');
    });
  });
}
