import type { Container, Pod } from '../../../../lib/kube/types.ts';

export interface WriterOptions {
  readonly namespace: string;
  /** Number of the writer, in its name and its lines. */
  readonly writer: number;
  readonly image?: 'busybox' | 'node';
  readonly command: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Mounted as /out. */
  readonly outDir?: string;
  readonly nodeName?: string;
  readonly graceSeconds?: number;
}

/** Name of the pod of a writer. */
export function writerName(writer: number): string {
  return `writer-${writer}`;
}

/** A pod that writes once and is not started again. */
export function writerPod(options: WriterOptions): Pod {
  const container: Container = {
    name: 'main',
    image: `vigil/${options.image ?? 'busybox'}:dev`,
    command: [...options.command],
    ...(options.outDir === undefined ? {} : { volumeMounts: [{ name: 'out', mountPath: '/out' }] }),
  };
  return {
    metadata: {
      name: writerName(options.writer),
      namespace: options.namespace,
      labels: { app: 'writer', ...options.labels },
    },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: options.graceSeconds ?? 0,
      ...(options.nodeName === undefined ? {} : { nodeName: options.nodeName }),
      containers: [container],
      ...(options.outDir === undefined
        ? {}
        : { volumes: [{ name: 'out', hostPath: { path: options.outDir, type: 'Directory' } }] }),
    },
  };
}

/** Writes `lines` numbered lines of about 120 bytes, every tenth to standard error, with a pause after each burst. */
export function burstCommand(writer: number, lines: number, burst: number, pauseMs: number): readonly string[] {
  const program = `BEGIN {
    pad = "GET /api/v1/orders/4711 from 10.244.1.17 answered 200 in 12 ms, cache miss, trace 7d0c7e5e4f";
    for (n = 0; n < ${lines}; n++) {
      if (n % 10 == 9) printf "seq w${writer} n%d %s end\\n", n, pad > "/dev/stderr";
      else printf "seq w${writer} n%d %s end\\n", n, pad;
      if (n % ${burst} == ${burst - 1}) { fflush(); system("usleep ${pauseMs * 1_000}"); }
    }
  }`;
  return ['awk', program];
}

/** Writes a few lines and ends after about `lifeMs`. */
export function shortLivedCommand(writer: number, lines: number, lifeMs: number): readonly string[] {
  const script = `n=0; while [ $n -lt ${lines} ]; do echo "seq w${writer} n$n end"; n=$((n+1)); done; usleep ${lifeMs * 1_000}`;
  return ['sh', '-c', script];
}

/** Writes without pause until it is killed, and counts in /out/<writer> what it has written. */
export function countingCommand(writer: number): readonly string[] {
  return ['sh', '-c', `n=0; while :; do echo "seq w${writer} n$n end"; n=$((n+1)); echo $n >> /out/${writer}; done`];
}

/** Writes some lines at once, says so in /out/<writer>, and writes the others when it is asked to end. */
export function farewellCommand(writer: number, before: number, after: number): readonly string[] {
  const write = (from: number, to: number) =>
    `n=${from}; while [ $n -lt ${to} ]; do echo "seq w${writer} n$n end"; n=$((n+1)); done`;
  const script = `trap '${write(before, before + after)}; exit 0' TERM; ${write(0, before)}; echo ${before} > /out/${writer}; while :; do usleep 20000; done`;
  return ['sh', '-c', script];
}

/** Lines of `bytes` bytes. */
export function longLineCommand(writer: number, lines: number, bytes: number): readonly string[] {
  const program = `BEGIN {
    p = "0123456789abcdef"; while (length(p) < ${bytes}) p = p p;
    for (n = 0; n < ${lines}; n++) {
      head = "seq w${writer} n" n " ";
      printf "%s%s end\\n", head, substr(p, 1, ${bytes} - length(head) - 4);
    }
  }`;
  return ['awk', program];
}

/** Numbered lines around every byte there is, in pieces of any length. */
export function garbageCommand(writer: number, lines: number): readonly string[] {
  const program = `
    const { writeSync } = require('node:fs');
    let state = ${writer + 1};
    const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
    const put = (bytes) => { for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + 1 + (random() >>> 8) % 9000);
      at += writeSync(1, bytes, at, end - at);
    } };
    for (let n = 0; n < ${lines}; n++) {
      const bytes = Buffer.alloc((random() >>> 8) % 40000);
      for (let i = 0; i < bytes.length; i++) { const byte = random() >>> 24; bytes[i] = byte === 10 ? 0 : byte; }
      put(Buffer.concat([Buffer.from('seq w${writer} n' + n + ' '), bytes, Buffer.from(' end\\n')]));
    }`;
  return ['node', '-e', program];
}

/** Lines of 1 KiB as fast as the engine takes them for so long, counted in /out/<writer>. */
export function firehoseCommand(writer: number, durationMs: number): readonly string[] {
  const program = `
    const { writeFileSync, writeSync } = require('node:fs');
    const pad = 'x'.repeat(990);
    const endMs = performance.now() + ${durationMs};
    let n = 0;
    while (performance.now() < endMs) {
      let text = '';
      for (let i = 0; i < 64; i++) text += 'seq w${writer} n' + (n++) + ' ' + pad + ' end\\n';
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
    }
    writeFileSync('/out/${writer}', n + '\\n');`;
  return ['node', '-e', program];
}
