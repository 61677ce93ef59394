import { forbidden } from '../../lib/kube/status-errors.ts';
import type { AdmissionPlugin } from '../registry/admission.ts';
import type { Authorizer } from './authorizer.ts';

const VERB = 'unsafe-delete-ignore-read-errors';

/** Who removes what nobody can read passes over finalizers and all who look at the object: that takes a verb of its own, besides `delete`. */
export function unsafeDeletion(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'UnsafeDeletion',
    validate({ context, definition, namespace, name }) {
      if (context.isUnsafeDeletion !== true) return;
      const { group, plural } = definition.resource;
      const asked = { verb: VERB, group, resource: plural, namespace, name };
      if (!authorizer.authorize(context.user, asked).allowed)
        throw forbidden(definition.resource, name, `not permitted to do ${JSON.stringify(VERB)}`);
    },
  };
}
