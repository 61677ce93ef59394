import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Container } from '../../../lib/kube/types.ts';
import { PodSpace } from './pod-space.ts';
import { scriptPod } from './script-pod.ts';

/** What a container that has ended leaves as its last words. */
const space = new PodSpace('conformance-termination-messages');

interface MessageCase {
  readonly name: string;
  readonly pod: string;
  readonly script: string;
  readonly container: Partial<Container>;
  readonly phase: 'Succeeded' | 'Failed';
  readonly message: string | undefined;
}

const fallback: Partial<Container> = { terminationMessagePolicy: 'FallbackToLogsOnError' };
const file = '/dev/termination-log';

const cases: readonly MessageCase[] = [
  {
    name: '[sig-node] Container Runtime blackbox test on terminated container should report termination message as empty when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set [NodeConformance]',
    pod: 'empty',
    script: 'echo DONE',
    container: fallback,
    phase: 'Succeeded',
    message: undefined,
  },
  {
    name: '[sig-node] Container Runtime blackbox test on terminated container should report termination message from file when pod succeeds and TerminationMessagePolicy FallbackToLogsOnError is set [NodeConformance]',
    pod: 'from-file',
    script: `echo -n OK > ${file}; echo DONE`,
    container: fallback,
    phase: 'Succeeded',
    message: 'OK',
  },
  {
    name: '[sig-node] Container Runtime blackbox test on terminated container should report termination message from log output if TerminationMessagePolicy FallbackToLogsOnError is set [NodeConformance]',
    pod: 'from-log',
    script: 'echo -n DONE; exit 1',
    container: fallback,
    phase: 'Failed',
    message: 'DONE',
  },
  {
    name: '[sig-node] Container Runtime blackbox test on terminated container should report termination message if TerminationMessagePath is set as non-root user and at a non-default path [NodeConformance]',
    pod: 'of-another-path',
    script: 'echo -n DONE > /dev/termination-custom-log',
    container: {
      terminationMessagePath: '/dev/termination-custom-log',
      securityContext: { runAsUser: 1000 },
    },
    phase: 'Succeeded',
    message: 'DONE',
  },
];

beforeAll(async () => {
  await space.open();
  await space.createAll(cases.map(({ pod, script, container }) => scriptPod(pod, script, { container })));
});
afterAll(() => space.close());

for (const { name, pod, phase, message } of cases) {
  test(name, async () => {
    const { status } = await space.ended(pod);
    const said = status?.containerStatuses?.[0]?.state?.terminated?.message;
    expect({ phase: status?.phase, message: said }).toEqual({ phase, message });
  });
}
