import type { Clock } from '../../lib/clock.ts';
import type { Component } from '../../lib/component.ts';
import { messageOf } from '../../lib/errors.ts';
import { isAlreadyExists, type KubeClient } from '../../lib/kube/client.ts';
import type { EventSubject } from '../../lib/kube/event-recorder.ts';
import { Informer } from '../../lib/kube/informer.ts';
import { configMaps } from '../../lib/kube/resources.ts';
import type { ConfigMap } from '../../lib/kube/types.ts';
import type { Logger } from '../../lib/log.ts';
import { alertingConfigMap } from '../../lib/names.ts';
import type { AlertRule } from './alert-rule.ts';
import { defaultAlertingConfig, parseAlertingConfig, type AlertingConfig } from './alerting-config.ts';

const example = `# Who is told about alerts, and what is changed about the rules. Read again whenever it changes.
# webhooks:
#   - name: ops
#     url: https://receiver.example/hook
# silences:
#   - name: maintenance
#     matchers: {alertname: CrashLoop, namespace: demo}
#     until: 2030-01-01T00:00:00Z
# rules:
#   ContainerProbeFailing: {for: 1m, severity: critical}
# repeatInterval: 4h
`;

/** The configuration as the ConfigMap says it now. One that cannot be read changes nothing: an Event on it says why. */
export class AlertingConfigWatch implements Component {
  readonly name = 'alerting-config';
  readonly #informer: Informer<ConfigMap>;
  readonly #rules: readonly AlertRule[];
  readonly #events: { event(subject: EventSubject, type: 'Warning', reason: string, message: string): void };
  readonly #log: Logger;
  #unsubscribe = () => {};
  readonly #client: KubeClient;
  #current = defaultAlertingConfig;
  #hasEnsured = false;

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
    this.#client = options.client;
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

  /** Makes the ConfigMap when there is none, so that there is something to edit. Tries again at the next call when that fails. */
  async ensureExists(signal: AbortSignal): Promise<void> {
    if (this.#hasEnsured) return;
    if (this.#informer.size === 0) {
      const object = { metadata: { ...alertingConfigMap }, data: { 'config.yaml': example } };
      try {
        await this.#client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', ...object }, {}, signal);
      } catch (error) {
        if (!isAlreadyExists(error)) return;
      }
    }
    this.#hasEnsured = true;
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
