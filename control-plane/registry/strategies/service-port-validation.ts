import { isDns1123Label, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { ServicePort } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { follows, named, portNumber, portNumberOrName, requiredOneOf } from './field-checks.ts';
import { duplicateValue, forbiddenField, requiredValue } from './field-errors.ts';

/** Ports of a Service of this type, none of which is there twice by name, by number or by the nodes' port. */
export function validateServicePorts(ports: readonly ServicePort[], type: string): readonly FieldError[] {
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `spec.ports[${index}]`;
    const { name = '', protocol, port: number, nodePort } = port;
    const errors: FieldError[] = [];
    if (name !== '') errors.push(...named(`${at}.name`, name, isDns1123Label), ...once(names, name, `${at}.name`));
    else if (ports.length > 1) errors.push(requiredValue(`${at}.name`));
    errors.push(
      ...portNumber(`${at}.port`, number),
      ...requiredOneOf(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
      ...portNumberOrName(`${at}.targetPort`, port.targetPort),
      ...follows(`${at}.appProtocol`, port.appProtocol, isQualifiedName),
    );
    if (nodePort) {
      if (type === 'ClusterIP' || type === 'ExternalName') {
        errors.push(forbiddenField(`${at}.nodePort`, `may not be used when \`type\` is '${type}'`));
      } else errors.push(...once(nodePorts, `${protocol}/${nodePort}`, `${at}.nodePort`, nodePort));
    }
    errors.push(...once(numbers, `${protocol}/${number}`, at, identityOf(port)));
    return errors;
  });
}

function once(seen: Set<string>, key: string, field: string, shown: unknown = key): readonly FieldError[] {
  if (seen.has(key)) return [duplicateValue(field, shown)];
  seen.add(key);
  return [];
}

/** What makes a port another one, as upstream shows it. */
function identityOf({ protocol, port }: ServicePort): unknown {
  return { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
}
