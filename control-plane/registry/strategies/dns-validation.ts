import { isUnderscoredSubdomain } from '../../../lib/kube/name-rules.ts';
import type { PodSpec } from '../../../lib/kube/types.ts';
import type { FieldError } from '../strategy.ts';
import { ipAddress } from './addresses.ts';
import { requiredOneOf } from './field-checks.ts';
import { invalidValue, requiredValue } from './field-errors.ts';

type DnsConfig = NonNullable<PodSpec['dnsConfig']>;

/** What resolvers of containers read at most. */
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_CHARACTERS = 2048;

/** How the containers of a pod resolve names. */
export function validateDns({ dnsPolicy, dnsConfig }: PodSpec, at: string): readonly FieldError[] {
  const policies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
  return [
    ...requiredOneOf(`${at}.dnsPolicy`, dnsPolicy, policies),
    ...(dnsPolicy === 'None' ? validateServersByHand(dnsConfig, `${at}.dnsConfig`) : []),
    ...(dnsConfig ? validateConfig(dnsConfig, `${at}.dnsConfig`) : []),
  ];
}

function validateServersByHand(config: DnsConfig | undefined, at: string): readonly FieldError[] {
  if (!config) return [requiredValue(at, 'must provide `dnsConfig` when `dnsPolicy` is None')];
  return (config.nameservers ?? []).length === 0
    ? [requiredValue(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
    : [];
}

function validateConfig(
  { nameservers = [], searches = [], options = [] }: DnsConfig,
  at: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (nameservers.length > MAX_NAMESERVERS) {
    const detail = `must not have more than ${MAX_NAMESERVERS} nameservers`;
    errors.push(invalidValue(`${at}.nameservers`, nameservers, detail));
  }
  for (const [index, server] of nameservers.entries()) errors.push(...ipAddress(`${at}.nameservers[${index}]`, server));
  if (searches.length > MAX_SEARCHES) {
    errors.push(invalidValue(`${at}.searches`, searches, `must not have more than ${MAX_SEARCHES} search paths`));
  }
  if (searches.join(' ').length > MAX_SEARCH_CHARACTERS) {
    const detail = `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`;
    errors.push(invalidValue(`${at}.searches`, searches, detail));
  }
  for (const [index, search] of searches.entries()) {
    errors.push(...validateSearch(search).map((detail) => invalidValue(`${at}.searches[${index}]`, search, detail)));
  }
  for (const [index, { name }] of options.entries()) {
    if (!name) errors.push(requiredValue(`${at}.options[${index}]`, 'must not be empty'));
  }
  return errors;
}

/** A domain, which may end in a dot, or the root itself. */
function validateSearch(search: string): readonly string[] {
  return search === '.' ? [] : isUnderscoredSubdomain(search.replace(/\.$/, ''));
}
