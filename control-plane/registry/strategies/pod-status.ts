import { isIPv6 } from 'node:net';
import { isDns1123Subdomain, isQualifiedName } from '../../../lib/kube/name-rules.ts';
import type { ContainerStatus, PodStatus } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { ipAddress } from './addresses.ts';
import { immutableDetail, invalidValue } from './field-errors.ts';
import { internalForm } from './internal-form.ts';
import { isUserId, userId } from './security-validation.ts';

/*
 * What may be said of a pod through its `status`. Agents write statuses all the time: what is right, or as it was, costs comparisons and no more.
 */

type Addresses = readonly { readonly ip?: string }[];

type User = NonNullable<NonNullable<ContainerStatus['user']>['linux']>;

const none: Addresses = [];

/** Every agent reports them, and they are well named. */
const agentConditions: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized', 'ContainersReady']);

const containerLists = ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'] as const;

/** A pod's address has two names: `podIP` is the first of `podIPs`, and what it says holds. Its class is decided when it is made. */
export function completePodStatus(status: PodStatus, old: PodStatus | undefined): void {
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && status.podIP !== first) status.podIPs = [{ ip: status.podIP }];
  else if (first) status.podIP = first;
  if (!status.qosClass && old?.qosClass) status.qosClass = old.qosClass;
}

export function podStatusErrors(status: PodStatus, old: PodStatus): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (old.qosClass && status.qosClass !== old.qosClass)
    errors.push(invalidValue('status.qosClass', status.qosClass, immutableDetail));
  const { nominatedNodeName } = status;
  if (nominatedNodeName && nominatedNodeName !== old.nominatedNodeName) {
    for (const detail of isDns1123Subdomain(nominatedNodeName))
      errors.push(invalidValue('status.nominatedNodeName', nominatedNodeName, detail));
  }
  const { hostIP = '', hostIPs = none } = status;
  if (hostIPs.length > 0 && (hostIPs[0]?.ip ?? '') !== hostIP)
    errors.push(invalidValue('status.hostIPs[0].ip', hostIPs[0]?.ip ?? '', 'must be equal to `hostIP`'));
  addAddressErrors(errors, 'status.hostIPs', hostIPs, old.hostIPs);
  addAddressErrors(errors, 'status.podIPs', status.podIPs ?? none, old.podIPs);
  addConditionErrors(errors, status);
  for (const list of containerLists) addUserErrors(errors, list, status[list]);
  return errors;
}

/** Of each family one address at most. What was there before stays allowed. */
function addAddressErrors(errors: FieldError[], field: string, addresses: Addresses, known: Addresses = none): void {
  for (let at = 0; at < addresses.length; at++) {
    const ip = addresses[at]?.ip ?? '';
    if (!hasAddress(known, ip)) errors.push(...ipAddress(`${field}[${at}]`, ip));
  }
  if (addresses.length < 2 || (addresses.length === 2 && isOfBothFamilies(addresses))) return;
  const shown = internalForm('PodIP', addresses);
  errors.push(invalidValue(field, shown, 'may specify no more than one IP for each IP family'));
}

function hasAddress(known: Addresses, ip: string): boolean {
  for (const one of known) if (one.ip === ip) return true;
  return false;
}

function isOfBothFamilies([first, second]: Addresses): boolean {
  return isIPv6(first?.ip ?? '') !== isIPv6(second?.ip ?? '');
}

function addConditionErrors(errors: FieldError[], { conditions = [] }: PodStatus): void {
  for (let at = 0; at < conditions.length; at++) {
    const type = conditions[at]?.type ?? '';
    if (agentConditions.has(type)) continue;
    // Named as in upstream's sources.
    for (const detail of isQualifiedName(type))
      errors.push(invalidValue(`status.conditions[${at}].Type`, type, detail));
  }
}

/** As whom a container runs. */
function addUserErrors(
  errors: FieldError[],
  list: (typeof containerLists)[number],
  containers: readonly ContainerStatus[] = [],
): void {
  for (let at = 0; at < containers.length; at++) {
    const linux = containers[at]?.user?.linux;
    if (!linux || hasUserIds(linux)) continue;
    const { uid, gid, supplementalGroups = [] } = linux;
    const field = `status.${list}[${at}].user.linux`;
    errors.push(...userId(`${field}.uid`, uid), ...userId(`${field}.gid`, gid));
    for (const [place, group] of supplementalGroups.entries())
      errors.push(...userId(`${field}.supplementalGroups[${place}]`, group));
  }
}

function hasUserIds({ uid, gid, supplementalGroups = [] }: User): boolean {
  return isUserId(uid) && isUserId(gid) && supplementalGroups.every(isUserId);
}
