import { expect, test } from 'vitest';
import { answeredHeaders, identityHeaders, passedOnHeaders } from './front-proxy-headers.ts';

test('a user is named in the headers that aggregated servers read', () => {
  const user = {
    name: 'zoë',
    uid: '7',
    groups: ['keepers', 'system:authenticated'],
    extra: { 'example.com/scope%': ['a', 'b'] },
  };
  expect(identityHeaders(user)).toEqual({
    // The bytes of UTF-8, one a character.
    'X-Remote-User': 'zoÃ«',
    'X-Remote-Uid': '7',
    'X-Remote-Group': ['keepers', 'system:authenticated'],
    'X-Remote-Extra-example.com%2Fscope%25': ['a', 'b'],
  });
  expect(identityHeaders({ name: 'a', groups: [] })).toEqual({ 'X-Remote-User': 'a', 'X-Remote-Group': [] });
});

test('credentials, claims and what belongs to one connection are not passed on', () => {
  const passed = passedOnHeaders({
    authorization: 'Bearer secret',
    connection: 'keep-alive, X-Private',
    'x-private': 'yes',
    'transfer-encoding': 'chunked',
    'content-length': '3',
    host: 'api',
    'x-remote-user': 'root',
    'x-remote-extra-scopes': 'all',
    'impersonate-user': 'root',
    accept: 'application/json',
    'sec-websocket-protocol': 'v5.channel.k8s.io, base64url.bearer.authorization.k8s.io.c2VjcmV0',
  });
  expect(passed).toEqual({ accept: 'application/json', 'sec-websocket-protocol': 'v5.channel.k8s.io' });
  expect(passedOnHeaders({ 'sec-websocket-protocol': 'base64url.bearer.authorization.k8s.io.c2VjcmV0' })).toEqual({});
});

test('an answer keeps its length', () => {
  expect(answeredHeaders({ 'content-length': '3', connection: 'close', etag: '"a"' })).toEqual({
    'content-length': '3',
    etag: '"a"',
  });
});
