/** Lines as the shipper sends them, the same for every run and every store. */

export const STREAM = 'logs-vigil.containers-default';
/** Time between two lines: 250 lines a second, so that fifteen minutes are 225,000 lines. */
const STEP_MS = 4;
const PODS = 20;
const LINE_BYTES = 230;
const ROTATION_LINES = 40_000;
/** One line of so many says so. */
export const NEEDLE_EVERY = 10_000;

const namespaces = ['shop', 'billing', 'search', 'kube-system'];
const words = ['cart', 'payment', 'order', 'catalog', 'session', 'invoice', 'shipment', 'refund'];

interface Pod {
  readonly name: string;
  readonly idPrefix: string;
  readonly tail: string;
}

const pods = Array.from({ length: PODS }, (_, n): Pod => {
  const app = `app-${n % 8}`;
  const name = `${app}-5d9c8b7f6-${(n * 7919 + 1_000_000).toString(36)}`;
  const containerId = n.toString(16).padStart(2, '0').repeat(32);
  const namespace = namespaces[n % namespaces.length];
  const fields = {
    container: { id: containerId, image: { name: `registry.example/${app}:1.4.${n}` }, runtime: 'docker' },
    kubernetes: {
      namespace,
      pod: { name, uid: `7d0c7e5e-0000-4000-8000-${String(n).padStart(12, '0')}` },
      container: { name: app },
      node: { name: `node-${n % 3}` },
      labels: { app, 'app.kubernetes.io/name': app, 'pod-template-hash': '5d9c8b7f6' },
      deployment: { name: app },
    },
    vigil: { restart_count: 0, workload: { kind: 'Deployment', name: app } },
    orchestrator: { type: 'kubernetes', cluster: { name: 'demo' } },
    data_stream: { type: 'logs', dataset: 'vigil.containers', namespace: 'default' },
  };
  const path = `/var/lib/docker/containers/${containerId}/${containerId}-json.log`;
  return {
    name,
    idPrefix: containerId.slice(0, 16),
    tail: `,"file":${JSON.stringify({ path })}},${JSON.stringify(fields).slice(1)}\n`,
  };
});

export function podName(n: number): string {
  return pods[n % PODS]?.name ?? '';
}

/** Time of line `n` of a run that began at `startMs`. */
export function timeOfLine(startMs: number, n: number): number {
  return startMs + n * STEP_MS;
}

/** What identifies the request of line `n`: no other line has it. */
export function traceOfLine(n: number): string {
  return `${((n * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, '0')}${n.toString(16)}x`;
}

/** A bulk body with lines `from` up to but not including `to`. */
export function bulkOf(startMs: number, from: number, to: number): string {
  let body = '';
  for (let n = from; n < to; n++) {
    const pod = pods[n % PODS];
    if (!pod) continue;
    const own = Math.floor(n / PODS);
    const offset = (own % ROTATION_LINES) * LINE_BYTES;
    const rotation = `r${Math.floor(own / ROTATION_LINES)}`;
    const time = new Date(timeOfLine(startMs, n)).toISOString().replace('Z', '123456Z');
    const level = levelOf(n);
    const levelPart = level === undefined ? '' : `"level":"${level}",`;
    body += `{"create":{"_index":"${STREAM}","_id":"${pod.idPrefix}-${rotation}-${offset.toString(36)}"}}\n{"@timestamp":"${time}","stream":"${n % 31 === 0 ? 'stderr' : 'stdout'}","message":"${messageOf(n)}","log":{${levelPart}"offset":${offset}${pod.tail}`;
  }
  return body;
}

function levelOf(n: number): string | undefined {
  if (n % 50 === 0) return 'error';
  if (n % 23 === 0) return 'warn';
  return n % 7 === 0 ? undefined : 'info';
}

function messageOf(n: number): string {
  const word = words[(n * 31) % words.length];
  const needle = n % NEEDLE_EVERY === 7 ? ` needle${Math.floor(n / NEEDLE_EVERY) % 10}` : '';
  if (n % 50 === 0)
    return `upstream connect error or timeout after ${n % 3_000}ms calling ${word} trace=${traceOfLine(n)}${needle}`;
  if (n % 23 === 0) return `slow ${word} query took ${n % 9_000}ms rows=${n % 113} trace=${traceOfLine(n)}${needle}`;
  return `request ${n} GET /api/v1/${word}/${(n * 7919) % 100_000} status=${n % 97 === 0 ? 500 : 200} duration_ms=${n % 250} trace=${traceOfLine(n)} user=u${n % 1_000}${needle}`;
}
