import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { ApiClient, type ApiObject } from '../conformance/api-client.ts';
import { fuzzedObjects } from './fuzzed-objects.ts';

/** Workloads will want billions of replicas. */
const bound = { metadata: { name: 'bound' }, spec: { hard: { pods: '100', 'count/jobs.batch': '100' } } };

/** A control plane with a valid object of each kind in it. */
export class FuzzedPlane {
  readonly process: ControlPlaneProcess;
  readonly api: ApiClient;
  /** What was made, with its `apiVersion` and `kind`, by collections. */
  readonly objects = new Map<string, ApiObject[]>();

  private constructor(process: ControlPlaneProcess, api: ApiClient) {
    this.process = process;
    this.api = api;
  }

  static async start(): Promise<FuzzedPlane> {
    const process = await ControlPlaneProcess.create('memory');
    await process.start();
    const ca = await readFile(join(process.dir, 'pki/ca.crt'), 'utf8');
    const { cert, key } = await process.identity('admin');
    const plane = new FuzzedPlane(process, new ApiClient({ server: process.url, ca, cert, key }));
    await plane.api.post('/api/v1/namespaces/default/resourcequotas', bound);
    for (const { path, object } of fuzzedObjects) {
      // A kind of its own is served when its definition has been seen.
      await eventually(`${path} is served`, async () => (await plane.api.send('GET', path)).status === 200);
      const { apiVersion, kind } = await plane.api.post(path, object);
      const others = plane.objects.get(path) ?? [];
      plane.objects.set(path, [...others, { apiVersion, kind, ...object } as unknown as ApiObject]);
    }
    return plane;
  }

  async stop(): Promise<void> {
    this.api.close();
    await this.process.remove();
  }
}
