import type { Container, PodSpec } from '../../../lib/kube/types.ts';

/** What is allowed in a pod spec at `at` and still hardly meant, in upstream's words. */
export function podSpecWarnings(spec: PodSpec, at: string): readonly string[] {
  return [
    ...unselectiveSpread(spec, at),
    ...(spec.imagePullSecrets ?? []).flatMap(({ name }, index) =>
      name ? [] : [`${at}.imagePullSecrets[${index}].name: invalid empty name ""`],
    ),
    ...(['containers', 'initContainers'] as const).flatMap((list) =>
      (spec[list] ?? []).flatMap((container, index) => hiddenVariables(container, `${at}.${list}[${index}]`)),
    ),
    ...repeatedPorts(spec.containers ?? [], `${at}.containers`),
    ...(spec.initContainers ?? []).flatMap((container, index) =>
      repeatedPorts([container], `${at}.initContainers`, index),
    ),
  ];
}

/** Without a selector it spreads nothing. */
function unselectiveSpread({ topologySpreadConstraints = [] }: PodSpec, at: string): readonly string[] {
  return topologySpreadConstraints.flatMap(({ labelSelector }, index) =>
    labelSelector
      ? []
      : [`${at}.topologySpreadConstraints[${index}].labelSelector: a null labelSelector results in matching no pod`],
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

interface PortPlace {
  readonly id: string;
  readonly name: string | undefined;
  readonly container: number;
  readonly at: string;
}

/** Ports of containers that run together. In one container a name stands once, which validation sees to. */
function repeatedPorts(containers: readonly Container[], at: string, first = 0): readonly string[] {
  const places = containers.flatMap(({ ports = [] }, container) =>
    ports.map((port, index): PortPlace => ({
      id: [port.containerPort, port.protocol, port.hostPort, port.hostIP].join('/'),
      name: port.name,
      container,
      at: `${at}[${first + container}].ports[${index}]`,
    })),
  );
  if (places.length < 2) return [];
  const same = places.flatMap((place, index) =>
    places
      .slice(0, index)
      .filter(({ id }) => id === place.id)
      .map((other) => `${place.at}: duplicate port definition with ${other.at}`),
  );
  const called = places.flatMap((place, index) => {
    const other = places
      .slice(0, index)
      .find(({ name, container }) => name && name === place.name && container !== place.container);
    return other
      ? [
          `${place.at}: duplicate port name "${place.name}" with ${other.at}, services and probes that select ports by name will use ${other.at}`,
        ]
      : [];
  });
  return [...same, ...called];
}
