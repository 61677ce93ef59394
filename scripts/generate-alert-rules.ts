import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { allRules } from '../control-plane/alerts/all-rules.ts';
import { prometheusRule, ruleGroups } from '../control-plane/alerts/prometheus-rules.ts';

const head =
  '# Made by scripts/generate-alert-rules.ts from control-plane/alerts/rules: change those, and run it again.\n';
const style = { lineWidth: 0, singleQuote: true };

/** Path from the repository's root → content. */
export function alertRuleFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['charts/vigil/rules.yml', head + stringify(ruleGroups(allRules), style)],
    ['charts/vigil/prometheus-rules.yaml', head + stringify(prometheusRule(allRules), style)],
  ]);
}

if (import.meta.main) {
  for (const [path, content] of alertRuleFiles()) {
    const file = join(import.meta.dirname, '..', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    console.log(path);
  }
}
