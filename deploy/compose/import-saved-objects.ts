import { readFileSync } from 'node:fs';

/**
 * Imports saved objects into Kibana or OpenSearch Dashboards: `import-saved-objects.ts URL XSRF_HEADER FILE.ndjson`. Ends with code 1 while the server is not up yet: compose
 * starts it again.
 */
const [url = '', xsrfHeader = '', file = ''] = process.argv.slice(2);
const RETRY_PAUSE_MS = 3000;

const form = new FormData();
form.append('file', new Blob([readFileSync(file)], { type: 'application/ndjson' }), 'objects.ndjson');
try {
  const response = await fetch(`${url}/api/saved_objects/_import?overwrite=true`, {
    method: 'POST',
    headers: { [xsrfHeader]: 'true' },
    body: form,
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  process.stdout.write(`imported ${file} into ${url}\n`);
} catch (error) {
  process.stderr.write(`${url}: ${error instanceof Error ? error.message : String(error)}\n`);
  setTimeout(() => process.exit(1), RETRY_PAUSE_MS);
}
