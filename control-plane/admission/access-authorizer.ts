import { AccessAuthorizer } from '../../lib/cel/access-checks.ts';
import { serviceAccountGroups, serviceAccountUserName } from '../../lib/kube/service-account-user.ts';
import type { AccessAttributes, User } from '../apiserver/extension.ts';
import type { AdmissionRequest } from '../registry/admission.ts';

/** Who says what users may do. */
export interface AccessRules {
  authorize(user: User, asked: AccessAttributes): { readonly allowed: boolean; readonly reason: string };
}

/** The `authorizer` of expressions about a request: asks what whoever sent it may do. */
export function accessAuthorizer(rules: AccessRules, request: AdmissionRequest): AccessAuthorizer {
  const { context, definition, subresource, namespace, name } = request;
  const { group, plural } = definition.resource;
  return new AccessAuthorizer(
    (asked, account) => {
      if (!account) return rules.authorize(context.user, asked);
      const name = serviceAccountUserName(account.namespace, account.name);
      return rules.authorize({ name, groups: serviceAccountGroups(account.namespace) }, asked);
    },
    {
      group,
      resource: plural,
      ...(subresource === undefined ? {} : { subresource }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(name === '' ? {} : { name }),
    },
  );
}
