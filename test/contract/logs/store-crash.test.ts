import { expect, test } from 'vitest';
import { crashRun } from '../../support/log-store/crash-run.ts';

/** `VIGIL_CRASH_KILLS=500` for the long run; `npm run bench -- crash` does the same. */
const KILLS = Number(process.env['VIGIL_CRASH_KILLS'] ?? 20);

test(
  'a log store that is killed -9 again and again loses nothing it acknowledged and stores nothing twice',
  { timeout: 60_000 + KILLS * 3_000 },
  async () => {
    const result = await crashRun(KILLS);
    expect(result.kills).toBeGreaterThanOrEqual(KILLS);
    expect(result.sent).toBeGreaterThan(KILLS * 100);
    expect(result).toMatchObject({ missing: 0, duplicate: 0, changed: 0, quarantinedBlocks: 0 });
  },
);
