const shape = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const stages: readonly (string | undefined)[] = [undefined, 'beta', 'alpha'];

/**
 * Order of API versions, best first: `v2`, `v1`, `v2beta1`, `v1alpha3`, then names of another shape by the alphabet.
 * Source: "Version priority" in the documentation of CustomResourceDefinitions.
 */
export function compareVersions(a: string, b: string): number {
  const left = shape.exec(a);
  const right = shape.exec(b);
  if (!left || !right) {
    if (left) return -1;
    if (right) return 1;
    return a < b ? -1 : Number(a > b);
  }
  return (
    stages.indexOf(left[2]) - stages.indexOf(right[2]) ||
    Number(right[1]) - Number(left[1]) ||
    Number(right[3] ?? 0) - Number(left[3] ?? 0)
  );
}
