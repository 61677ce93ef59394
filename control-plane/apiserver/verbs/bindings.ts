import { methodNotAllowed } from '../../../lib/kube/status-errors.ts';
import { bindPod } from '../../registry/subresources/pod-binding.ts';
import type { Registry } from '../../registry/registry.ts';
import type { PostedHandler } from '../handlers.ts';
import { bindings } from '../posted-kinds.ts';
import { typedBody } from '../typed-body.ts';
import { answerRepresentation, sendObject } from './answer.ts';

/** Binds the pod that the body names, as `pods/binding` does. */
export function bindingHandler(registry: Registry): PostedHandler {
  return async (exchange) => {
    const { namespace } = exchange.info;
    if (namespace === undefined) throw methodNotAllowed();
    const representation = answerRepresentation(exchange);
    const context = exchange.writeContext();
    const body = typedBody(exchange, { type: bindings, apiVersion: 'v1' }, context);
    const answer = await bindPod(registry, { namespace, name: body.metadata.name ?? '' }, body, context);
    sendObject(exchange, representation, 201, answer);
  };
}
