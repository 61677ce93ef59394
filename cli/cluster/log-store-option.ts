import { VigilError } from '../../lib/errors.ts';
import type { ClusterRecord } from './cluster-record.ts';

const OPENSEARCH_PREFIX = 'opensearch+';

/** `embedded`, `none`, `https://…` (Elasticsearch) or `opensearch+https://…`; `undefined` stays so. */
export function logStoreOption(text: string | undefined): ClusterRecord['logStore'] | undefined {
  if (text === undefined || text === 'embedded' || text === 'none') return text;
  const url = text.startsWith(OPENSEARCH_PREFIX) ? text.slice(OPENSEARCH_PREFIX.length) : text;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new VigilError(
      'USAGE',
      'invalid',
      `--log-store "${text}": expected embedded, none, the http(s) URL of an Elasticsearch, or opensearch+URL`,
    );
  }
  return { kind: url === text ? 'elasticsearch' : 'opensearch', url, clusterCredentials: false };
}
