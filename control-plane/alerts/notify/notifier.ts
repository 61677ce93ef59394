import type { Alert, AlertDelivery } from '../../../lib/alerts-api.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Component } from '../../../lib/component.ts';
import { messageOf, VigilError } from '../../../lib/errors.ts';
import type { Logger } from '../../../lib/log.ts';
import type { Webhook } from '../alerting-config.ts';
import type { PostJson } from './post-json.ts';
import { webhookPayload } from './webhook-payload.ts';

const ATTEMPTS = 6;
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;
/** Messages that wait for one receiver; the oldest go first beyond that, since newer ones say more. */
const MAX_WAITING = 100;

interface Message {
  readonly webhook: Webhook;
  readonly alerts: readonly Alert[];
}

/** Called after each attempt; `isFinal` when the message is not tried again. */
type OnDelivery = (fingerprints: readonly string[], delivery: AlertDelivery, isFinal: boolean) => void;

interface Receiver {
  readonly waiting: Message[];
  running: Promise<void> | undefined;
}

/** Sends messages to webhooks: in order for each receiver, each tried up to six times, receivers independent of each other. */
export class Notifier implements Component {
  readonly name = 'alert-notifier';
  readonly #post: PostJson;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #externalURL: string;
  readonly #onDelivery: OnDelivery;
  readonly #receivers = new Map<string, Receiver>();
  readonly #stop = new AbortController();

  constructor(options: {
    readonly post: PostJson;
    readonly clock: Clock;
    readonly log: Logger;
    readonly externalURL: string;
    readonly onDelivery: OnDelivery;
  }) {
    this.#post = options.post;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#externalURL = options.externalURL;
    this.#onDelivery = options.onDelivery;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('alert-notifier stopped'));
    for (const receiver of this.#receivers.values()) await receiver.running;
  }

  /** One message per alert name. Returns at once; what becomes of each is reported. */
  notify(webhook: Webhook, alerts: readonly Alert[]): void {
    for (const group of Map.groupBy(alerts, (alert) => alert.name).values()) this.#enqueue({ webhook, alerts: group });
  }

  #enqueue(message: Message): void {
    if (this.#stop.signal.aborted) return;
    const { name } = message.webhook;
    const receiver: Receiver = this.#receivers.get(name) ?? { waiting: [], running: undefined };
    this.#receivers.set(name, receiver);
    receiver.waiting.push(message);
    if (receiver.waiting.length > MAX_WAITING) {
      const oldest = receiver.waiting.shift();
      this.#log.warn({ receiver: name }, 'too many notifications wait: the oldest was dropped');
      if (oldest) this.#report(oldest, 'too many messages waited for this receiver', true);
    }
    receiver.running ??= this.#deliver(receiver);
  }

  async #deliver(receiver: Receiver): Promise<void> {
    const { signal } = this.#stop;
    for (let message = receiver.waiting.shift(); message && !signal.aborted; message = receiver.waiting.shift()) {
      await this.#send(message, signal);
    }
    // In the same turn as the last look at what waits, so that nothing is left behind.
    receiver.running = undefined;
  }

  async #send(message: Message, signal: AbortSignal): Promise<void> {
    const { webhook, alerts } = message;
    const payload = webhookPayload(webhook.name, alerts, this.#externalURL);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        await this.#post(webhook.url, payload, webhook.caCert, signal);
        this.#report(message, '', true);
        return;
      } catch (error) {
        if (signal.aborted) return;
        const isFinal = attempt === ATTEMPTS || (error instanceof VigilError && error.class === 'terminal');
        this.#report(message, messageOf(error), isFinal);
        this.#log.warn({ receiver: webhook.name, attempt, error: messageOf(error) }, 'notification was not delivered');
        if (isFinal) return;
        const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), MAX_RETRY_MS);
        await this.#clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }

  /** `error` is empty when the message was taken. */
  #report({ webhook, alerts }: Message, error: string, isFinal: boolean): void {
    const time = new Date(this.#clock.now()).toISOString();
    const fingerprints = alerts.map((alert) => alert.fingerprint);
    this.#onDelivery(fingerprints, { receiver: webhook.name, time, ok: error === '', error }, isFinal);
  }
}
