import type { Container, Pod } from '../../../lib/kube/types.ts';
import { initContainersOf, isSidecar, mainContainersOf } from '../pod-containers.ts';

/** What the events about a resize say, in upstream's form: a sentence, and the resources of all containers as JSON. */
export function resizeMessage(sentence: string, pod: Pod, generation: number, error?: string): string {
  const initContainers = initContainersOf(pod).filter(isSidecar).map(summaryOf);
  const summary = {
    ...(initContainers.length > 0 ? { initContainers } : {}),
    containers: mainContainersOf(pod).map(summaryOf),
    generation,
    ...(error === undefined ? {} : { error }),
  };
  return `${sentence}: ${JSON.stringify(summary)}`;
}

function summaryOf({ name, resources }: Container): object {
  return { name, resources: resources ?? {} };
}
