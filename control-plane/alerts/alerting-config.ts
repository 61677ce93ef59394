import type { AlertSeverity } from '../../lib/alerts-api.ts';
import { parseDurationMs } from '../../lib/duration.ts';
import { VigilError } from '../../lib/errors.ts';
import { yaml } from '../../lib/lazy-yaml.ts';
import type { AlertRule } from './alert-rule.ts';

const MAX_CONFIG_BYTES = 256 * 1024;
const MAX_WEBHOOKS = 20;
const MAX_SILENCES = 200;
const DEFAULT_REPEAT_MS = 4 * 60 * 60_000;
const MIN_REPEAT_MS = 60_000;
/** A line with more than a comment on it. */
const statement = /^[^\S\n]*[^\s#]/m;

export interface Webhook {
  readonly name: string;
  readonly url: string;
  /** PEM; the system's authorities when absent. */
  readonly caCert?: string | undefined;
  readonly sendResolved: boolean;
}

export interface Silence {
  readonly name: string;
  /** Label → value; `*` at the end matches any rest. All must match. */
  readonly matchers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; absent = until it is removed. */
  readonly untilMs?: number | undefined;
}

interface RuleOverride {
  readonly forMs?: number | undefined;
  readonly severity?: AlertSeverity | undefined;
  readonly enabled: boolean;
}

export interface AlertingConfig {
  readonly webhooks: readonly Webhook[];
  readonly silences: readonly Silence[];
  readonly rules: ReadonlyMap<string, RuleOverride>;
  /** A firing alert is told again after this time. */
  readonly repeatMs: number;
}

export const defaultAlertingConfig: AlertingConfig = {
  webhooks: [],
  silences: [],
  rules: new Map(),
  repeatMs: DEFAULT_REPEAT_MS,
};

/**
 * `config.yaml` of the ConfigMap `alerting`:
 *
 *     webhooks:
 *       - name: ops
 *         url: https://alerts.example/hook
 *         caCert: |           # optional
 *         sendResolved: true  # default
 *     silences:
 *       - name: maintenance
 *         matchers: {alertname: CrashLoop, namespace: "demo*"}
 *         until: 2026-12-01T00:00:00Z
 *     rules:
 *       CrashLoop: {for: 1m, severity: warning, enabled: true}
 *     repeatInterval: 4h
 *
 * Throws `VigilError` ALERTING_CONFIG_INVALID that names the field.
 */
export function parseAlertingConfig(text: string, rules: readonly AlertRule[]): AlertingConfig {
  if (text.length > MAX_CONFIG_BYTES) throw invalid(`longer than ${MAX_CONFIG_BYTES} bytes`);
  let root: unknown;
  try {
    // Only comments, as the ConfigMap is delivered: not worth the parser's memory.
    root = statement.test(text) ? yaml().parse(text, { maxAliasCount: 10 }) : undefined;
  } catch (cause) {
    throw invalid('not YAML', cause);
  }
  const fields = root === null || root === undefined ? {} : objectAt('the document', root);
  known('', fields, ['webhooks', 'silences', 'rules', 'repeatInterval']);
  const webhooks = listAt('webhooks', fields['webhooks'], MAX_WEBHOOKS).map(webhookAt);
  const names = webhooks.map((webhook) => webhook.name);
  const twice = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (twice >= 0) throw invalid(`webhooks[${twice}].name: another webhook has this name`);
  return {
    webhooks,
    silences: listAt('silences', fields['silences'], MAX_SILENCES).map(silenceAt),
    rules: overridesAt(fields['rules'], rules),
    repeatMs: Math.max(MIN_REPEAT_MS, durationAt('repeatInterval', fields['repeatInterval']) ?? DEFAULT_REPEAT_MS),
  };
}

function webhookAt(value: unknown, at: number): Webhook {
  const path = `webhooks[${at}]`;
  const fields = objectAt(path, value);
  known(path, fields, ['name', 'url', 'caCert', 'sendResolved']);
  const url = textAt(`${path}.url`, fields['url']);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw invalid(`${path}.url: must be an http or https URL`);
  const { caCert, sendResolved } = fields;
  return {
    name: textAt(`${path}.name`, fields['name']),
    url,
    ...(caCert === undefined ? {} : { caCert: textAt(`${path}.caCert`, caCert) }),
    sendResolved: sendResolved === undefined ? true : booleanAt(`${path}.sendResolved`, sendResolved),
  };
}

function silenceAt(value: unknown, at: number): Silence {
  const path = `silences[${at}]`;
  const fields = objectAt(path, value);
  known(path, fields, ['name', 'matchers', 'until', 'comment']);
  const matchers = objectAt(`${path}.matchers`, fields['matchers']);
  const entries = Object.entries(matchers).map(
    ([label, text]) => [label, textAt(`${path}.matchers.${label}`, text)] as const,
  );
  if (entries.length === 0)
    throw invalid(`${path}.matchers: at least one label is needed, or everything would be silent`);
  const name = textAt(`${path}.name`, fields['name'] ?? `silence ${at + 1}`);
  if (fields['until'] === undefined) return { name, matchers: Object.fromEntries(entries) };
  const untilMs = Date.parse(textAt(`${path}.until`, fields['until']));
  if (Number.isNaN(untilMs)) throw invalid(`${path}.until: must be a time like 2026-01-31T12:00:00Z`);
  return { name, matchers: Object.fromEntries(entries), untilMs };
}

function overridesAt(value: unknown, rules: readonly AlertRule[]): ReadonlyMap<string, RuleOverride> {
  const overrides = new Map<string, RuleOverride>();
  if (value === undefined || value === null) return overrides;
  for (const [name, override] of Object.entries(objectAt('rules', value))) {
    const path = `rules.${name}`;
    if (!rules.some((rule) => rule.name === name)) throw invalid(`${path}: there is no such rule`);
    const fields = objectAt(path, override);
    known(path, fields, ['for', 'severity', 'enabled']);
    const { severity, enabled } = fields;
    if (severity !== undefined && severity !== 'info' && severity !== 'warning' && severity !== 'critical') {
      throw invalid(`${path}.severity: must be info, warning or critical`);
    }
    overrides.set(name, {
      forMs: durationAt(`${path}.for`, fields['for']),
      severity,
      enabled: enabled === undefined ? true : booleanAt(`${path}.enabled`, enabled),
    });
  }
  return overrides;
}

function objectAt(path: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${path}: must be a mapping`);
  return value as Readonly<Record<string, unknown>>;
}

function listAt(path: string, value: unknown, max: number): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length > max) throw invalid(`${path}: must be a list of at most ${max}`);
  return value;
}

function textAt(path: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw invalid(`${path}: must be a text`);
  return value;
}

function booleanAt(path: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid(`${path}: must be true or false`);
  return value;
}

function durationAt(path: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const durationMs = typeof value === 'string' ? parseDurationMs(value) : undefined;
  if (durationMs === undefined) throw invalid(`${path}: must be a duration like 30s`);
  return durationMs;
}

function known(path: string, fields: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  for (const name of Object.keys(fields)) {
    if (!names.includes(name)) throw invalid(`${path === '' ? name : `${path}.${name}`}: unknown field`);
  }
}

function invalid(message: string, cause?: unknown): VigilError {
  return new VigilError('ALERTING_CONFIG_INVALID', 'invalid', `config.yaml: ${message}`, { cause });
}
