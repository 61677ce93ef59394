import type { Container, PodSpec } from '../../../lib/kube/types.ts';

/** What is allowed in a pod spec at `at` and still hardly meant, in upstream's words. */
export function podSpecWarnings(spec: PodSpec, at: string): readonly string[] {
  return (['containers', 'initContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((container, index) => {
      const place = `${at}.${list}[${index}]`;
      return [...hiddenVariables(container, place), ...repeatedPorts(container, place)];
    }),
  );
}

/** The second of two variables of one name wins, and client-side apply loses one of them. */
function hiddenVariables(container: Container, at: string): readonly string[] {
  const seen = new Set<string>();
  return (container.env ?? []).flatMap(({ name }, index) => {
    const isAgain = seen.has(name);
    seen.add(name);
    return isAgain
      ? [`${at}.env[${index}]: hides previous definition of "${name}", which may be dropped when using apply`]
      : [];
  });
}

function repeatedPorts(container: Container, at: string): readonly string[] {
  const seen = new Map<string, number>();
  return (container.ports ?? []).flatMap((port, index) => {
    const id = [port.containerPort, port.protocol, port.hostPort, port.hostIP].join('/');
    const first = seen.get(id);
    if (first === undefined) seen.set(id, index);
    return first === undefined ? [] : [`${at}.ports[${index}]: duplicate port definition with ${at}.ports[${first}]`];
  });
}
