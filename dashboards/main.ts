import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generatedFiles } from './generated-files.ts';

/** Writes `dashboards/out/`: `node dashboards/main.ts`. */
const out = join(import.meta.dirname, 'out');
for (const [path, text] of generatedFiles()) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
  console.log(`dashboards/out/${path}`);
}
