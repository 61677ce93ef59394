import type { Component } from '../../lib/component.ts';
import { bootstrapTokenLeftMs, bootstrapTokenNamespace, bootstrapTokenType } from '../../lib/kube/bootstrap-tokens.ts';
import { isNotFound } from '../../lib/kube/client.ts';
import { Controller } from '../../lib/kube/controller.ts';
import { secrets } from '../../lib/kube/resources.ts';
import type { Secret } from '../../lib/kube/types.ts';
import type { ControllerDeps } from './deps.ts';

/** Removes bootstrap tokens when their time is up. */
export function tokenCleanerController({ informers, client, clock, log, queues }: ControllerDeps): Component {
  const informer = informers.of(secrets);
  const controller = new Controller({
    name: 'token-cleaner',
    clock,
    log,
    observer: queues,
    waitFor: [informer],
    reconcile: async (name, signal) => {
      const secret = informer.get(`${bootstrapTokenNamespace}/${name}`);
      const leftMs = secret && isToken(secret) ? bootstrapTokenLeftMs(secret, clock.now()) : undefined;
      if (leftMs === undefined) return undefined;
      if (leftMs > 0) return { requeueAfterMs: leftMs };
      try {
        const preconditions = { uid: secret?.metadata?.uid ?? '' };
        await client.delete(secrets, { namespace: bootstrapTokenNamespace, name }, { preconditions }, signal);
        log.info({ secret: name }, 'an expired bootstrap token was removed');
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
      return undefined;
    },
  });
  informer.onChange((_, secret) => {
    if (isToken(secret)) controller.enqueue(secret.metadata?.name ?? '');
  });
  return controller;
}

function isToken({ type, metadata }: Secret): boolean {
  return type === bootstrapTokenType && metadata?.namespace === bootstrapTokenNamespace;
}
