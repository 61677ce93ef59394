import { request } from 'node:https';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeProtobuf } from '../../../lib/kube/protobuf-kind.ts';
import { protobufKinds } from '../../../lib/kube/protobuf-table.ts';
import { anyObject } from '../../support/any-object.ts';
import { eventually } from '../../support/eventually.ts';
import { mustRun } from '../../support/run-program.ts';
import type { ControlPlaneProcess } from '../apiserver/control-plane-process.ts';
import { BUILD_TIMEOUT_MS, goProgram } from './built-clients.ts';
import { measured } from './measured-objects.ts';

const protobufType = 'application/vnd.kubernetes.protobuf';
const RUN_TIMEOUT_MS = 120_000;
const OBJECTS_OF_A_KIND = 10;

/** What is asked for in JSON and in protobuf, and the parameters of both media types. */
const answers: readonly (readonly [path: string, parameters?: string])[] = [
  [`/api/v1/namespaces/${measured}/pods/alone`],
  [`/api/v1/namespaces/${measured}/services?limit=1`],
  [`/api/v1/namespaces/${measured}/secrets`],
  [`/api/v1/namespaces/${measured}/configmaps/absent`],
  ['/api/v1/nodes/measured-1'],
  [`/apis/apps/v1/namespaces/${measured}/deployments/web/scale`],
  [`/apis/autoscaling/v1/namespaces/${measured}/horizontalpodautoscalers`],
  [`/apis/autoscaling/v2/namespaces/${measured}/horizontalpodautoscalers/web`],
  ['/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=20'],
  ['/apis/storage.k8s.io/v1/storageclasses'],
  ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions'],
  [`/api/v1/namespaces/${measured}/pods/alone`, ';as=PartialObjectMetadata;g=meta.k8s.io;v=v1'],
  [`/api/v1/namespaces/${measured}/services`, ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'],
  [`/api/v1/namespaces/${measured}/services`, ';as=PartialObjectMetadataList;g=meta.k8s.io;v=v1beta1'],
];

interface Sample {
  readonly name: string;
  readonly json: unknown;
  readonly protobuf: Buffer;
}

interface Answer {
  readonly type: string;
  readonly body: Buffer;
}

/** Kubernetes' own Go types as the judge of what is written in protobuf. */
export function describeGoldenBytes(plane: () => ControlPlaneProcess): void {
  describe('protobuf, read and written again by the types of Kubernetes', () => {
    let program = '';
    beforeAll(async () => {
      program = await goProgram('golden');
    }, BUILD_TIMEOUT_MS);

    const problemsOf = async (samples: readonly Sample[]) => {
      const input = samples.map((sample) =>
        JSON.stringify({ ...sample, protobuf: sample.protobuf.toString('base64') }),
      );
      const output = await mustRun(program, [], { input: input.join('\n'), timeoutMs: RUN_TIMEOUT_MS });
      const verdicts = output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { name: string; problem: string });
      expect(verdicts).toHaveLength(samples.length);
      return verdicts.filter(({ problem }) => problem !== '');
    };

    it(
      'has the same bytes for any objects of every kind',
      async () => {
        const seed = Math.floor(Math.random() * 2 ** 31);
        // The types of APIServices are in the module of a whole server, which this program does without.
        const judged = protobufKinds().filter((name) => !name.startsWith('apiregistration.k8s.io/'));
        const samples = judged.flatMap((name) => {
          const slash = name.lastIndexOf('/');
          const some = anyObject(name.slice(0, slash), name.slice(slash + 1));
          return fc
            .sample(some, { numRuns: OBJECTS_OF_A_KIND, seed })
            .map((object) => ({ name, json: object, protobuf: encodeProtobuf(object) }));
        });
        expect(await problemsOf(samples), `seed ${seed}`).toEqual([]);
      },
      RUN_TIMEOUT_MS,
    );

    it(
      'has the same bytes for what the server answers',
      async () => {
        const samples = await Promise.all(
          answers.map(async ([path, parameters = '']) => {
            const { json, protobuf } = await sameMoment(plane(), path, parameters);
            expect([path, protobuf.type]).toEqual([path, protobufType]);
            return {
              name: `${path}${parameters}`,
              json: JSON.parse(json.body.toString()) as unknown,
              protobuf: protobuf.body,
            };
          }),
        );
        expect(await problemsOf(samples)).toEqual([]);
      },
      RUN_TIMEOUT_MS,
    );
  });
}

/** An answer in both forms, with no write between them: that would show in a list's revision. */
async function sameMoment(
  plane: ControlPlaneProcess,
  path: string,
  parameters: string,
): Promise<{ readonly json: Answer; readonly protobuf: Answer }> {
  return eventually(`${path} stays as it is for a moment`, async () => {
    const json = await get(plane, path, `application/json${parameters}`);
    const protobuf = await get(plane, path, `${protobufType}${parameters}`);
    const again = await get(plane, path, `application/json${parameters}`);
    return json.body.equals(again.body) ? { json, protobuf } : undefined;
  });
}

async function get(plane: ControlPlaneProcess, path: string, accept: string): Promise<Answer> {
  const identity = await plane.identity('admin');
  return new Promise((resolve, reject) => {
    const asked = request(`${plane.url}${path}`, { ...identity, ca: plane.ca.cert, headers: { accept } }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.once('error', reject);
      answer.once('end', () => resolve({ type: answer.headers['content-type'] ?? '', body: Buffer.concat(parts) }));
    });
    asked.once('error', reject);
    asked.end();
  });
}
