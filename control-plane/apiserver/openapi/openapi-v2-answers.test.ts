import { describe, expect, it } from 'vitest';
import { OpenapiV2Answers } from './openapi-v2-answers.ts';

describe('the answers of /openapi/v2', () => {
  it('are made once a format until the kinds change, and then have another ETag', () => {
    let built = 0;
    const answers = new OpenapiV2Answers(() => ({ swagger: '2.0', info: { title: `built ${++built}` } }));
    const json = answers.answer('json', 1);
    const protobuf = answers.answer('protobuf', 1);
    expect(answers.answer('json', 1)).toBe(json);
    expect(answers.answer('protobuf', 1)).toBe(protobuf);
    expect(built).toBe(2);
    expect(json.etag).toMatch(/^"[0-9A-F]{64}"$/);
    expect(protobuf.etag).not.toBe(json.etag);
    const later = answers.answer('json', 2);
    expect(JSON.parse(later.bytes.toString())).toEqual({ swagger: '2.0', info: { title: 'built 3' } });
    expect(later.etag).not.toBe(json.etag);
  });
});
