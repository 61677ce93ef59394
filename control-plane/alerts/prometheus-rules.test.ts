import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { alertRuleFiles } from '../../scripts/generate-alert-rules.ts';
import { allRules } from './all-rules.ts';
import { formatPrometheusDuration } from './prometheus-duration.ts';

const root = join(import.meta.dirname, '../..');
const promtool = '/usr/bin/promtool';

describe('the rules for Prometheus', () => {
  test.each([...alertRuleFiles()])('%s is what the generator makes', (path, content) => {
    expect(readFileSync(join(root, path), 'utf8')).toBe(content);
  });

  test.runIf(existsSync(promtool))('promtool accepts them, one rule for each alert', () => {
    const checked = spawnSync(promtool, ['check', 'rules', join(root, 'charts/vigil/rules.yml')], { encoding: 'utf8' });
    expect(checked.stdout + checked.stderr).toContain(`SUCCESS: ${allRules.length} rules found`);
    expect(checked.status).toBe(0);
  });

  test('durations are written as Prometheus reads them', () => {
    expect([30_000, 60_000, 90_000, 600_000].map(formatPrometheusDuration)).toEqual(['30s', '1m', '90s', '10m']);
  });
});
