import { createServer } from 'node:net';

/**
 * A number from 0 to below `count` that no other process of this machine has under that name until this one ends: a socket in the kernel's own name space says so, which goes with
 * its process. For what test files that run at the same time must not share and what has few values, such as the subnets of test networks.
 */
export async function ownNumber(name: string, count: number): Promise<number> {
  for (let step = 0; step < count; step++) {
    const number = (process.pid + step) % count;
    if (await isOurs(`\0vigil-test-${name}-${number}`)) return number;
  }
  throw new Error(`all ${count} numbers under the name ${name} are taken`);
}

function isOurs(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(false));
    server.listen(path, () => resolve(true));
  });
}
