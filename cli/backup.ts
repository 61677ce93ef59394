import { createWriteStream, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { VigilError } from '../lib/errors.ts';
import { connect } from './api/connect.ts';
import type { Verb } from './command.ts';
import { clusterOptions } from './common-options.ts';
import { print } from './output/print.ts';

export const backup: Verb = {
  summary:
    'write everything that the API stores to a file, while the cluster runs; secrets as they lie in the store: encrypted',
  usage: 'FILE',
  options: clusterOptions,
  async run(args, context) {
    const [file, ...more] = args.positionals;
    if (file === undefined || more.length > 0)
      throw new VigilError('USAGE', 'invalid', 'name the file: kctl backup FILE');
    const api = await connect(args, context);
    const body = await api.bytes('/vigil/v1/backup', context.signal);
    const aside = `${file}.part`;
    try {
      await pipeline(body, createWriteStream(aside, { mode: 0o600 }), { signal: context.signal });
      await rename(aside, file);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
    print(context, `${file} written; kctl restore ${file} brings it back`);
    print(
      context,
      'its secrets take the key they are encrypted with: keep pki/encryption.json of the cluster, elsewhere',
    );
    return 0;
  },
};
