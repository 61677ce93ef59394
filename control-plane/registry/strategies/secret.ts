import type { Secret } from '../../../lib/kube/types.ts';
import type { Strategy } from '../strategy.ts';

export const secretStrategy: Strategy<Secret> = {
  default(secret) {
    secret.type ||= 'Opaque';
    if (!secret.stringData) return;
    const encoded = Object.entries(secret.stringData).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
    secret.data = { ...secret.data, ...(Object.fromEntries(encoded) as Record<string, string>) };
    delete secret.stringData;
  },
};
