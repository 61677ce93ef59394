import { pods } from '../../../lib/kube/resources.ts';
import { deleteObject, type DeleteRequest } from '../delete.ts';
import type { SubresourceHandler } from '../registry.ts';
import { success } from './success.ts';

/** `pods/eviction`: a delete that a disruption budget may refuse. There are no budgets yet, so it is a delete. */
export const evictPod: SubresourceHandler = async (registry, key, body, context) => {
  const options = (body['deleteOptions'] ?? {}) as DeleteRequest & { dryRun?: readonly string[] };
  const dryRun = context.dryRun || (options.dryRun?.includes('All') ?? false);
  await deleteObject(registry, registry.of(pods), key, options, { ...context, dryRun });
  return success(201);
};
