import { namespaces, resourceClaims, resourceClaimTemplates } from '../../lib/kube/resources.ts';
import { invalid } from '../../lib/kube/status-errors.ts';
import type { ResourceClaim, ResourceClaimTemplate } from '../../lib/kube/types.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../registry/admission.ts';
import type { Registry } from '../registry/registry.ts';

const label = 'resource.kubernetes.io/admin-access';

/** Devices that others have are reached, for looking after them, from namespaces only that an administrator has labelled so. */
export function deviceAdminAccess(registry: Registry): AdmissionPlugin {
  const { cache } = registry.of(namespaces);
  return {
    name: 'DeviceAdminAccess',
    validate(request) {
      const at = adminAccessOf(request);
      if (at === undefined) return;
      const found = cache.get(request.namespace ?? '');
      if (found?.object.metadata.labels?.[label] === 'true') return;
      const message = `Forbidden: admin access to devices requires the \`${label}: true\` label on the containing namespace`;
      throw invalid(request.definition.resource, request.name, [{ reason: 'FieldValueForbidden', message, field: at }]);
    },
  };
}

/** The first field that asks for it, in a new claim or template, or in a new allocation. */
function adminAccessOf({ operation, definition, subresource, object, old }: AdmissionRequest): string | undefined {
  const { resource } = definition;
  if (resource === resourceClaims && operation === 'UPDATE' && subresource === 'status') {
    const [next, before] = [object, old] as unknown as [ResourceClaim | undefined, ResourceClaim | undefined];
    return before?.status?.allocation ? undefined : granted(next);
  }
  if (operation !== 'CREATE' || subresource !== undefined) return undefined;
  if (resource === resourceClaims) return asked((object as ResourceClaim | undefined)?.spec);
  if (resource === resourceClaimTemplates) return asked((object as ResourceClaimTemplate | undefined)?.spec?.spec);
  return undefined;
}

/** The path is upstream's, which names no `exactly` and no template. */
function asked(spec: ResourceClaim['spec'] | undefined): string | undefined {
  const index = (spec?.devices?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess === true);
  return index < 0 ? undefined : `spec.devices.requests[${index}].adminAccess`;
}

function granted(claim: ResourceClaim | undefined): string | undefined {
  const results = claim?.status?.allocation?.devices?.results ?? [];
  const index = results.findIndex(({ adminAccess }) => adminAccess === true);
  return index < 0 ? undefined : `status.allocation.devices.results[${index}].adminAccess`;
}
