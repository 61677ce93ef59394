import { describe, expect, test } from 'vitest';
import { parseAlertingConfig } from './alerting-config.ts';
import { allRules } from './all-rules.ts';

const parse = (text: string) => parseAlertingConfig(text, allRules);

describe('the configuration of alerting', () => {
  test('nothing said: no receivers, every rule as it is', () => {
    for (const text of ['', '# only a comment\n', '{}']) {
      expect(parse(text)).toEqual({ webhooks: [], silences: [], rules: new Map(), repeatMs: 4 * 3_600_000 });
    }
  });

  test('webhooks, silences, rules and the repeat interval are read', () => {
    const config = parse(`
webhooks:
  - name: ops
    url: https://receiver.example/hook
    sendResolved: false
silences:
  - name: maintenance
    matchers: {alertname: CrashLoop, namespace: "demo*"}
    until: "2026-12-01T00:00:00Z"
rules:
  CrashLoop: {for: 1m30s, severity: warning}
  OOMKilled: {enabled: false}
repeatInterval: 1h
`);
    expect(config.webhooks).toEqual([{ name: 'ops', url: 'https://receiver.example/hook', sendResolved: false }]);
    expect(config.silences[0]).toEqual({
      name: 'maintenance',
      matchers: { alertname: 'CrashLoop', namespace: 'demo*' },
      untilMs: Date.parse('2026-12-01T00:00:00Z'),
    });
    expect(config.rules.get('CrashLoop')).toEqual({ forMs: 90_000, severity: 'warning', enabled: true });
    expect(config.rules.get('OOMKilled')?.enabled).toBe(false);
    expect(config.repeatMs).toBe(3_600_000);
  });

  test.each([
    ['webhooks: [', 'not YAML'],
    ['[]', 'the document: must be a mapping'],
    ['receivers: []', 'receivers: unknown field'],
    ['webhooks: [{name: a, url: "file:///etc/passwd"}]', 'webhooks[0].url: must be an http or https URL'],
    ['webhooks: [{url: "http://a"}]', 'webhooks[0].name: must be a text'],
    ['webhooks: [{name: a, url: "http://a", password: x}]', 'webhooks[0].password: unknown field'],
    [
      'webhooks: [{name: a, url: "http://a"}, {name: a, url: "http://b"}]',
      'webhooks[1].name: another webhook has this name',
    ],
    ['silences: [{matchers: {}}]', 'silences[0].matchers: at least one label is needed, or everything would be silent'],
    ['silences: [{matchers: {a: b}, until: soon}]', 'silences[0].until: must be a time like 2026-01-31T12:00:00Z'],
    ['rules: {Nothing: {}}', 'rules.Nothing: there is no such rule'],
    ['rules: {CrashLoop: {severity: huge}}', 'rules.CrashLoop.severity: must be info, warning or critical'],
    ['rules: {CrashLoop: {for: 3}}', 'rules.CrashLoop.for: must be a duration like 30s'],
  ])('%s is refused with the place', (text, message) => {
    expect(() => parse(text)).toThrow(`config.yaml: ${message}`);
  });

  test('a YAML bomb is refused', () => {
    const bomb = [
      'a: &a [x,x]',
      'b: &b [*a,*a,*a,*a,*a,*a]',
      'c: &c [*b,*b,*b,*b,*b,*b]',
      'd: [*c,*c,*c,*c,*c,*c]',
    ].join('\n');
    expect(() => parse(bomb)).toThrow('config.yaml');
  });
});
