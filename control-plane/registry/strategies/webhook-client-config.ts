import { isDns1123Subdomain, isPortNumber } from '../../../lib/kube/name-rules.ts';
import type { WebhookClientConfig } from '../custom/conversion/converter.ts';
import type { FieldError } from '../strategy.ts';
import { invalidValue, requiredValue } from './field-errors.ts';

type Service = NonNullable<WebhookClientConfig['service']>;

const urlFormat = 'desired format: https://host[/path]';

/** What is wrong with where a webhook is. */
export function clientConfigErrors(
  config: Partial<WebhookClientConfig> | undefined,
  field: string,
): readonly FieldError[] {
  const { url, service } = config ?? {};
  if (service && url === undefined) return serviceErrors(service, `${field}.service`);
  if (url !== undefined && !service) return urlErrors(url, `${field}.url`);
  return [requiredValue(field, 'exactly one of url or service is required')];
}

function serviceErrors({ name, namespace, port, path }: Partial<Service>, field: string): readonly FieldError[] {
  return [
    // Upstream names the other one of the two.
    ...(name ? [] : [requiredValue(`${field}.namespace`)]),
    ...(namespace ? [] : [requiredValue(`${field}.name`)]),
    ...(port === undefined
      ? []
      : isPortNumber(port).map((detail) => invalidValue(`${field}.port`, port, `port is not valid: ${detail}`))),
    ...(path ? pathErrors(path, `${field}.path`) : []),
  ];
}

function pathErrors(path: string, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!path.startsWith('/')) errors.push(invalidValue(field, path, "must start with a '/'"));
  // Other than a URL, `a/b` has its first segment behind the slash.
  const segments = path === '/' ? [] : path.replace(/\/$/, '').split('/');
  if (path !== '/' && segments.length > 1) segments.shift();
  for (const [at, segment] of segments.entries()) {
    if (segment === '') errors.push(invalidValue(field, path, `segment[${at}] may not be empty`));
    else
      for (const detail of isDns1123Subdomain(segment))
        errors.push(invalidValue(field, path, `segment[${at}]: ${detail}`));
  }
  return errors;
}

/** The parts of `scheme://user@host/path?query#fragment`, all of which may be missing. */
const urlParts =
  /^(?:(?<scheme>[a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:(?<user>[^/?#@]*)@)?(?<host>[^/?#]*))?[^?#]*(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/su;

function urlErrors(url: string, field: string): readonly FieldError[] {
  const { scheme = '', user = '', host = '', query = '', fragment = '' } = urlParts.exec(url)?.groups ?? {};
  const errors: FieldError[] = [];
  if (scheme !== 'https')
    errors.push(invalidValue(field, scheme, `'https' is the only allowed URL scheme; ${urlFormat}`));
  if (host === '') errors.push(invalidValue(field, host, `host must be specified; ${urlFormat}`));
  if (user !== '') errors.push(invalidValue(field, user, 'user information is not permitted in the URL'));
  if (fragment !== '') errors.push(invalidValue(field, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(invalidValue(field, query, 'query parameters are not permitted in the URL'));
  if (errors.length > 0 || URL.canParse(url)) return errors;
  return [requiredValue(field, `url must be a valid URL: ${urlFormat}`)];
}
