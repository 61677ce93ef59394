import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import type { KubeClient } from '../../lib/kube/client.ts';
import type { EventSubject } from '../../lib/kube/event-recorder.ts';
import { Informer } from '../../lib/kube/informer.ts';
import { configMaps } from '../../lib/kube/resources.ts';
import type { ConfigMap } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import { alertingConfigMap } from '../../lib/names.ts';
import type { AlertRule } from './alert-rule.ts';
import { defaultAlertingConfig, parseAlertingConfig, type AlertingConfig } from './alerting-config.ts';

/** The configuration as the ConfigMap says it now. One that cannot be read changes nothing: an Event on it says why. */
export class AlertingConfigWatch implements Component {
  readonly name = 'alerting-config';
  readonly #informer: Informer<ConfigMap>;
  readonly #rules: readonly AlertRule[];
  readonly #events: { event(subject: EventSubject, type: 'Warning', reason: string, message: string): void };
  readonly #log: Logger;
  #unsubscribe = () => {};
  #current = defaultAlertingConfig;

  constructor(options: {
    readonly client: KubeClient;
    readonly rules: readonly AlertRule[];
    readonly events: { event(subject: EventSubject, type: 'Warning', reason: string, message: string): void };
    readonly clock: Clock;
    readonly log: Logger;
  }) {
    this.#rules = options.rules;
    this.#events = options.events;
    this.#log = options.log;
    this.#informer = new Informer({
      client: options.client,
      resource: configMaps,
      namespace: alertingConfigMap.namespace,
      fieldSelector: `metadata.name=${alertingConfigMap.name}`,
      clock: options.clock,
      log: options.log,
    });
  }

  get current(): AlertingConfig {
    return this.#current;
  }

  whenSynced(signal: AbortSignal): Promise<void> {
    return this.#informer.whenSynced(signal);
  }

  async start(signal: AbortSignal): Promise<void> {
    this.#unsubscribe = this.#informer.onChange((type, object) => {
      if (type === 'DELETED') this.#current = defaultAlertingConfig;
      else this.#read(object);
    });
    await this.#informer.start(signal);
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#informer.stop();
  }

  #read(object: ConfigMap): void {
    try {
      this.#current = parseAlertingConfig(object.data?.['config.yaml'] ?? '', this.#rules);
      this.#log.info({ webhooks: this.#current.webhooks.length }, 'alerting configuration read');
    } catch (error) {
      this.#log.warn({ error: messageOf(error) }, 'alerting configuration is wrong, the former one stays');
      this.#events.event({ resource: configMaps, object }, 'Warning', 'InvalidConfig', messageOf(error));
    }
  }
}
