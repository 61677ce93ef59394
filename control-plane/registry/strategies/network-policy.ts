import { isPortName } from '../../../lib/kube/name-rules.ts';
import type { NetworkPolicy } from '../../../lib/kube/types.ts';
import type { FieldError, Strategy } from '../strategy.ts';
import { cidr, networkMeant } from './addresses.ts';
import { labelSelector, named, oneOf, portNumber } from './field-checks.ts';
import { forbiddenField, invalidValue, requiredValue } from './field-errors.ts';

type PolicySpec = NonNullable<NetworkPolicy['spec']>;
type IngressRule = NonNullable<PolicySpec['ingress']>[number];
type Port = NonNullable<IngressRule['ports']>[number];
type Peer = NonNullable<IngressRule['from']>[number];

export const networkPolicyStrategy: Strategy<NetworkPolicy> = {
  default(policy) {
    policy.spec ??= {};
    const { spec } = policy;
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress ? ['Ingress', 'Egress'] : ['Ingress'];
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])])
      for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  },
  validate({ spec = {} }, old) {
    const known = networksIn(old?.spec);
    const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec;
    return [
      ...(podSelector ? labelSelector('spec.podSelector', podSelector) : []),
      ...ingress.flatMap(({ from, ports }, index) =>
        validateRule(`spec.ingress[${index}]`, 'from', known, from, ports),
      ),
      ...egress.flatMap(({ to, ports }, index) => validateRule(`spec.egress[${index}]`, 'to', known, to, ports)),
      ...validateTypes('spec.policyTypes', policyTypes),
    ];
  },
};

function validateTypes(field: string, types: readonly string[]): readonly FieldError[] {
  if (types.length > 2) return [invalidValue(field, types, 'may not specify more than two policyTypes')];
  return types.flatMap((type, index) => oneOf(`${field}[${index}]`, type, ['Ingress', 'Egress']));
}

function validateRule(
  at: string,
  side: 'from' | 'to',
  known: readonly string[],
  peers: readonly Peer[] = [],
  ports: readonly Port[] = [],
): readonly FieldError[] {
  return [
    ...ports.flatMap((port, index) => validatePort(port, `${at}.ports[${index}]`)),
    ...peers.flatMap((peer, index) => validatePeer(peer, `${at}.${side}[${index}]`, known)),
  ];
}

function validatePort({ protocol, port, endPort }: Port, at: string): readonly FieldError[] {
  const errors: FieldError[] = [...oneOf(`${at}.protocol`, protocol, ['TCP', 'UDP', 'SCTP'])];
  if (typeof port === 'number') errors.push(...portNumber(`${at}.port`, port));
  else if (port !== undefined) errors.push(...named(`${at}.port`, port, isPortName));
  if (endPort === undefined) return errors;
  const field = `${at}.endPort`;
  if (typeof port !== 'number') {
    const detail = `may not be specified when \`port\` is ${port === undefined ? 'not specified' : 'non-numeric'}`;
    return [...errors, invalidValue(field, endPort, detail)];
  }
  // It is the first port that upstream shows here.
  if (endPort < port) errors.push(invalidValue(field, port, 'must be greater than or equal to `port`'));
  return [...errors, ...portNumber(field, endPort)];
}

function validatePeer(
  { podSelector, namespaceSelector, ipBlock }: Peer,
  at: string,
  known: readonly string[],
): readonly FieldError[] {
  if (!podSelector && !namespaceSelector && !ipBlock) return [requiredValue(at, 'must specify a peer')];
  if (ipBlock && (podSelector || namespaceSelector))
    return [forbiddenField(at, 'may not specify both ipBlock and another peer')];
  return [
    ...(podSelector ? labelSelector(`${at}.podSelector`, podSelector) : []),
    ...(namespaceSelector ? labelSelector(`${at}.namespaceSelector`, namespaceSelector) : []),
    ...(ipBlock ? validateBlock(ipBlock, `${at}.ipBlock`, known) : []),
  ];
}

type Block = NonNullable<Peer['ipBlock']>;

function validateBlock(block: Block, at: string, known: readonly string[]): readonly FieldError[] {
  if (!block.cidr) return [requiredValue(`${at}.cidr`)];
  const errors = cidr(`${at}.cidr`, block.cidr, known);
  const whole = networkMeant(block.cidr);
  if (!whole) return errors;
  const exceptions = (block.except ?? []).flatMap((text, index) => {
    const field = `${at}.except[${index}]`;
    const wrong = cidr(field, text, known);
    const part = networkMeant(text);
    const isInside = !part || (part.prefixLength > whole.prefixLength && whole.containsIP(part.address));
    return isInside ? wrong : [...wrong, invalidValue(field, text, 'must be a strict subset of `cidr`')];
  });
  return [...errors, ...exceptions];
}

/** All that a policy names. */
function networksIn(spec: PolicySpec | undefined): readonly string[] {
  const peers = [...(spec?.ingress ?? []).map(({ from }) => from), ...(spec?.egress ?? []).map(({ to }) => to)];
  return peers.flatMap((some = []) =>
    some.flatMap(({ ipBlock }) => (ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [])),
  );
}
