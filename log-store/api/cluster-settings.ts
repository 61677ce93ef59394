import { NAMESPACE_BOUNDS, type Engine } from '../engine/engine.ts';
import { parseNamespaceBounds } from '../engine/namespace-keeper.ts';
import { badRequest } from '../engine/store-error.ts';
import { jsonBody, ok, type ApiRequest, type ApiResponse } from './request.ts';

/** The one setting there is: `{kube-system: {data_retention: '3d', max_size: '1gb'}}`. */
const NAMESPACES = 'vigil.retention.namespaces';

/** `GET|PUT /_cluster/settings`. */
export function clusterSettings(engine: Engine, request: ApiRequest): ApiResponse {
  if (request.method === 'PUT') {
    const body = jsonBody(request);
    for (const [scope, settings] of Object.entries(body)) {
      if (scope !== 'persistent' && scope !== 'transient')
        throw badRequest(`[cluster_update_settings_request] unknown field [${scope}]`);
      put(engine, scope, (settings ?? {}) as Readonly<Record<string, unknown>>);
    }
    engine.catalogChanged();
    return ok({ acknowledged: true, persistent: shown(engine), transient: {} });
  }
  return ok({ persistent: shown(engine), transient: {} });
}

function put(engine: Engine, scope: string, settings: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(flattened(settings))) {
    if (name !== NAMESPACES) throw badRequest(`${scope} setting [${name}], not recognized`);
    if (value === null) engine.policies.delete(NAMESPACE_BOUNDS);
    else engine.policies.set(NAMESPACE_BOUNDS, parseNamespaceBounds(value));
  }
}

/** `{vigil: {retention: {namespaces: …}}}` is the same as the dotted name. */
function flattened(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { vigil, ...others } = settings as {
    readonly vigil?: { readonly retention?: { readonly namespaces?: unknown } };
  };
  const nested = vigil?.retention?.namespaces;
  return nested === undefined ? { ...settings } : { ...others, [NAMESPACES]: nested };
}

function shown(engine: Engine): Record<string, unknown> {
  const bounds = engine.namespaceBounds;
  return Object.keys(bounds).length > 0 ? { [NAMESPACES]: bounds } : {};
}
