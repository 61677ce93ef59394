/** Does one step of the set-up and says so in one line, with the time it took. */
export async function say(name: string, detail: string, work: () => Promise<void>): Promise<void> {
  const startedAtMs = performance.now();
  try {
    await work();
  } catch (error) {
    process.stdout.write(` ✗ ${name.padEnd(14)} ${detail}\n`);
    throw error;
  }
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(5);
  process.stdout.write(` ✓ ${name.padEnd(14)} ${detail.padEnd(52)} ${seconds} s\n`);
}
