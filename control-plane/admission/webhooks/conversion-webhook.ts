import { messageOf } from '../../../lib/errors.ts';
import type { AskWebhook } from '../../registry/custom/conversion/converter.ts';
import type { Registry } from '../../registry/registry.ts';
import { callWebhook } from './call.ts';
import { endpointOf } from './endpoint.ts';

/** Upstream's time for one conversion. */
const TIMEOUT_MS = 30_000;

/** Asks webhooks that convert custom objects, as admission webhooks are asked. */
export function conversionWebhook(registry: Registry): AskWebhook {
  return async (config, review) => {
    const endpoint = endpointOf(registry, config, Math.random);
    try {
      return await callWebhook(endpoint, review, TIMEOUT_MS);
    } catch (error) {
      const reason = `Post ${JSON.stringify(endpoint.url)}: ${messageOf(error)}`;
      registry.log.warn({ reason }, 'conversion webhook failed');
      throw new Error(reason, { cause: error });
    }
  };
}
