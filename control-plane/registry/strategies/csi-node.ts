import { isDeepStrictEqual } from 'node:util';
import { isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { CSINode } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { driverName } from './driver-name.ts';
import { follows, nonNegative } from './field-checks.ts';
import { duplicateValue, immutableDetail, invalidValue, requiredValue } from './field-errors.ts';
import { internalForm } from './internal-form.ts';

type Driver = CSINode['spec']['drivers'][number];

const MAX_NODE_ID_CHARACTERS = 256;

/** Which storage drivers a node has. Nothing here acts upon it. */
export const csiNodeStrategy: Strategy<CSINode> = {
  default(node) {
    node.spec ??= { drivers: [] };
    node.spec.drivers ??= [];
  },
  validate({ spec }) {
    const names = new Set<string>();
    return spec.drivers.flatMap((driver, index) => {
      const at = `spec.drivers[${index}]`;
      const isTwice = names.has(driver.name);
      names.add(driver.name);
      return [...validateDriver(driver, at), ...(isTwice ? [duplicateValue(`${at}.name`, driver.name)] : [])];
    });
  },
  validateUpdate: ({ spec }, old) =>
    spec.drivers.flatMap((driver) => {
      const before = old.spec.drivers.find(({ name }) => name === driver.name);
      const [is, was] = [
        internalForm('CSINodeDriver', fixedPart(driver)),
        before && internalForm('CSINodeDriver', fixedPart(before)),
      ];
      return !was || isDeepStrictEqual(is, was) ? [] : [invalidValue('spec.drivers', is, immutableDetail)];
    }),
};

/** How many volumes a driver takes may change as it runs. */
function fixedPart({ allocatable: _allocatable, ...driver }: Driver): object {
  return driver;
}

function validateDriver({ name, nodeID, allocatable, topologyKeys = [] }: Driver, at: string): readonly FieldError[] {
  return [
    ...driverName(`${at}.name`, name),
    ...validateNodeId(`${at}.nodeID`, nodeID),
    ...nonNegative(`${at}.allocatable.count`, allocatable?.count),
    // Upstream names the driver, and not the key.
    ...topologyKeys.flatMap((key, index) => [
      ...(key === '' ? [requiredValue(at)] : []),
      ...(topologyKeys.indexOf(key) < index ? [duplicateValue(at, key)] : []),
      ...follows(at, key, isQualifiedName),
    ]),
  ];
}

function validateNodeId(field: string, id: string | undefined): readonly FieldError[] {
  if (!id) return [requiredValue(field)];
  const isLong = id.length > MAX_NODE_ID_CHARACTERS;
  return isLong ? [invalidValue(field, id, `must be ${MAX_NODE_ID_CHARACTERS} characters or less`)] : [];
}
