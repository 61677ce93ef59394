import { configMap, get, http, maps, pods, post, type MalformedRequest, type Options } from './cases.ts';
import type { Sent } from './request.ts';

const raw = (head: string, body?: string): Sent => ({
  head,
  ...(body === undefined ? {} : { body: Buffer.from(body) }),
});
const host = 'Host: 127.0.0.1\r\nConnection: close\r\n';
const body = JSON.stringify(configMap('wire'));
const json = 'Content-Type: application/json\r\n';
const upgrade: Options['headers'] = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  'sec-websocket-protocol': 'v5.channel.k8s.io',
};
const jwt = (claims: object) =>
  `${[{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;
const as = (headers: Readonly<Record<string, string>>) => get(maps, { headers });
const unknown = (authorization: string) => get(maps, { headers: { authorization }, isAnonymous: true });

/** Requests that are no HTTP, and those whose shape is meant to mislead. */
export const wire: readonly MalformedRequest[] = [
  {
    what: 'a method that there is not',
    sent: raw(`IMPROVE ${maps} HTTP/1.1\r\n${host}\r\n`),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'TRACE',
    sent: raw(`TRACE ${maps} HTTP/1.1\r\n${host}\r\n`),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  {
    what: 'PROPFIND',
    sent: raw(`PROPFIND ${maps} HTTP/1.1\r\n${host}\r\n`),
    answer: {
      status: 405,
      reason: 'MethodNotAllowed',
      message: 'the server does not allow this method on the requested resource',
    },
  },
  { what: 'no HTTP at all', sent: raw('hello\r\n\r\n'), answer: { status: 400, text: '400 Bad Request' } },
  {
    what: 'a version of HTTP that there is not',
    sent: raw(`GET /readyz HTTP/9.9\r\n${host}\r\n`),
    answer: { status: 505, text: '505 HTTP Version Not Supported: unsupported protocol version' },
  },
  { what: 'HTTP/1.0', sent: raw('GET /readyz HTTP/1.0\r\n\r\n'), answer: { status: 200, warnings: [] } },
  {
    what: 'HTTP/1.1 without a host',
    sent: raw('GET /readyz HTTP/1.1\r\nConnection: close\r\n\r\n'),
    answer: { status: 400, text: '' },
    upstream: '400',
  },
  {
    what: 'a header without a colon',
    sent: raw(`GET /readyz HTTP/1.1\r\n${host}garbage\r\n\r\n`),
    answer: { status: 400, text: '400 Bad Request' },
  },
  {
    what: 'a space before the colon of a header',
    sent: raw(`GET /readyz HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\n\r\n`),
    answer: { status: 400, text: '400 Bad Request' },
    upstream: '400',
  },
  {
    what: 'NUL in a header',
    sent: raw(`GET /readyz HTTP/1.1\r\n${host}X: a\u0000b\r\n\r\n`),
    answer: { status: 400, text: '400 Bad Request' },
  },
  {
    what: 'a header of two megabytes',
    sent: raw(`GET /readyz HTTP/1.1\r\n${host}X: ${'a'.repeat(2 * 1024 * 1024)}\r\n\r\n`),
    answer: { status: 431, text: '431 Request Header Fields Too Large' },
  },
  {
    what: 'a path of two megabytes',
    sent: raw(`GET /${'a'.repeat(2 * 1024 * 1024)} HTTP/1.1\r\n${host}\r\n`),
    answer: { status: 431, text: '431 Request Header Fields Too Large' },
  },
  {
    what: 'a length that is no number',
    sent: raw(`POST ${maps} HTTP/1.1\r\n${host}${json}Content-Length: many\r\n\r\n`, body),
    answer: { status: 400, text: '400 Bad Request' },
  },
  {
    what: 'a length below zero',
    sent: raw(`POST ${maps} HTTP/1.1\r\n${host}${json}Content-Length: -1\r\n\r\n`, body),
    answer: { status: 400, text: '400 Bad Request' },
  },
  {
    what: 'a length with a sign',
    sent: raw(`POST ${maps} HTTP/1.1\r\n${host}${json}Content-Length: +${body.length}\r\n\r\n`, body),
    answer: { status: 400, text: '400 Bad Request' },
  },
  {
    what: 'two lengths that differ',
    sent: raw(
      `POST ${maps} HTTP/1.1\r\n${host}${json}Content-Length: ${body.length}\r\nContent-Length: 3\r\n\r\n`,
      body,
    ),
    answer: { status: 400, text: '400 Bad Request' },
  },
  {
    what: 'a length and chunks',
    sent: raw(
      `POST ${maps}?dryRun=All HTTP/1.1\r\n${host}${json}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ),
    answer: { status: 400, text: '400 Bad Request' },
    upstream: '201',
  },
  {
    what: 'an encoding of the transfer that there is not',
    sent: raw(`POST ${maps} HTTP/1.1\r\n${host}${json}Transfer-Encoding: shrink\r\n\r\n`, body),
    answer: { status: 501, text: 'Unsupported transfer encoding' },
  },
  {
    what: 'chunks that are not the last encoding',
    sent: raw(
      `POST ${maps} HTTP/1.1\r\n${host}${json}Transfer-Encoding: chunked, identity\r\n\r\n`,
      `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    ),
    answer: { status: 501, text: 'Unsupported transfer encoding' },
  },
  {
    what: 'a chunk that is shorter than it says',
    sent: raw(`POST ${maps} HTTP/1.1\r\n${host}${json}Transfer-Encoding: chunked\r\n\r\n`, `5\r\n${body}\r\n0\r\n\r\n`),
    answer: { status: 400, text: '400 Bad Request' },
    upstream: '500 malformed chunked encoding',
  },
  {
    what: 'an expectation that nobody meets',
    sent: raw(
      `POST ${maps}?dryRun=All HTTP/1.1\r\n${host}${json}Expect: wonders\r\nContent-Length: ${body.length}\r\n\r\n`,
      body,
    ),
    answer: { status: 417, text: '' },
  },
  {
    what: 'exec without an upgrade',
    sent: post(`${pods}/there/exec?command=ls`),
    answer: { status: 400, reason: 'BadRequest', message: 'pod there does not have a host assigned' },
  },
  {
    what: 'exec by GET without an upgrade',
    sent: get(`${pods}/there/exec?command=ls`),
    answer: { status: 400, reason: 'BadRequest', message: 'pod there does not have a host assigned' },
  },
  {
    what: 'exec in what is not there',
    sent: get(`${pods}/nothere/exec?command=ls`, { headers: upgrade }),
    answer: { status: 404, reason: 'NotFound', message: 'pods "nothere" not found' },
  },
  {
    what: 'exec in a pod that runs nowhere',
    sent: get(`${pods}/there/exec?command=ls`, { headers: upgrade }),
    answer: { status: 400, reason: 'BadRequest', message: 'pod there does not have a host assigned' },
  },
  {
    what: 'exec without any stream',
    sent: get(`${pods}/there/exec?command=ls&stdout=false&stderr=false`, { headers: upgrade }),
    answer: { status: 400, reason: 'BadRequest', message: 'pod there does not have a host assigned' },
  },
  {
    what: 'exec that is neither true nor false',
    sent: get(`${pods}/there/exec?command=ls&stdin=maybe`, { headers: upgrade }),
    answer: { status: 400, reason: 'BadRequest', message: 'pod there does not have a host assigned' },
  },
  {
    what: 'port-forward without an upgrade',
    sent: post(`${pods}/there/portforward?ports=80`),
    answer: { status: 400, reason: 'BadRequest', message: 'pod there does not have a host assigned' },
  },
  {
    what: 'the log of a container that there is not',
    sent: get(`${pods}/there/log?container=nothere`),
    answer: { status: 400, reason: 'BadRequest', message: 'container nothere is not valid for pod there' },
  },
  {
    what: 'the log of a pod that is not there',
    sent: get(`${pods}/nothere/log`),
    answer: { status: 404, reason: 'NotFound', message: 'pods "nothere" not found' },
  },
  {
    what: 'a log with a number that is none',
    sent: get(`${pods}/there/log?tailLines=some`),
    answer: { status: 400, reason: 'BadRequest', message: 'strconv.ParseInt: parsing "some": invalid syntax' },
  },
  {
    what: 'a log with a number below zero',
    sent: get(`${pods}/there/log?tailLines=-1`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message: 'PodLogOptions "there" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
      causes: [
        {
          reason: 'FieldValueInvalid',
          field: 'tailLines',
          message: 'Invalid value: -1: must be greater than or equal to 0',
        },
      ],
    },
  },
  {
    what: 'a log since two times',
    sent: get(`${pods}/there/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z`),
    answer: {
      status: 422,
      reason: 'Invalid',
      message:
        'PodLogOptions "there" is invalid: []: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
      causes: [
        {
          reason: 'FieldValueForbidden',
          field: '[]',
          message: 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
        },
      ],
    },
  },
  {
    what: 'a log since a time that is none',
    sent: get(`${pods}/there/log?sinceTime=yesterday`),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message: 'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"',
    },
  },
  {
    what: 'a proxy to what is no port',
    sent: get(`${pods}/there:http:80:x/proxy/`),
    answer: { status: 400, reason: 'BadRequest', message: 'invalid pod request "there:http:80:x"' },
  },
  {
    what: 'a proxy to a service that is not there',
    sent: get('/api/v1/namespaces/default/services/nothere/proxy/'),
    answer: { status: 404, reason: 'NotFound', message: 'services "nothere" not found' },
  },
  {
    what: 'a proxy to a node that is not there',
    sent: get('/api/v1/nodes/nothere/proxy/'),
    answer: { status: 404, reason: 'NotFound', message: 'nodes "nothere" not found' },
  },
  {
    what: 'a group without a user',
    sent: as({ 'impersonate-group': 'a' }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"a"}, Extra:map[string][]string(nil)} without impersonating a user name',
    },
  },
  {
    what: 'an extra without a user',
    sent: as({ 'impersonate-extra-a': 'b' }),
    answer: {
      status: 400,
      reason: 'BadRequest',
      message:
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string(nil), Extra:map[string][]string{"a":[]string{"b"}}} without impersonating a user name',
    },
  },
  { what: 'an empty user', sent: as({ 'impersonate-user': '' }), answer: { status: 200, warnings: [] } },
  {
    what: 'a service account of no namespace',
    sent: as({ 'impersonate-user': 'system:serviceaccount:' }),
    answer: {
      status: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "system:serviceaccount:" cannot list resource "configmaps" in API group "" in the namespace "default"',
    },
  },
  {
    what: 'a user who may nothing',
    sent: as({ 'impersonate-user': 'nobody' }),
    answer: {
      status: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "default"',
    },
  },
  {
    what: 'an extra that cannot be decoded',
    sent: as({ 'impersonate-user': 'nobody', 'impersonate-extra-%zz': 'b' }),
    answer: {
      status: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "default"',
    },
  },
  {
    what: 'nobody',
    sent: get(maps, { isAnonymous: true }),
    answer: {
      status: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    },
  },
  {
    what: 'a bearer without a token',
    sent: unknown('Bearer'),
    answer: {
      status: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    },
  },
  {
    what: 'a token of garbage',
    sent: unknown('Bearer garbage'),
    answer: { status: 401, reason: 'Unauthorized', message: 'Unauthorized' },
  },
  {
    what: 'two tokens',
    sent: unknown('Bearer a b'),
    answer: { status: 401, reason: 'Unauthorized', message: 'Unauthorized' },
  },
  {
    what: 'a token that nobody signed',
    sent: unknown(
      `Bearer ${jwt({ iss: 'https://kubernetes.default.svc.cluster.local', sub: 'system:serviceaccount:kube-system:default' })}`,
    ),
    answer: { status: 401, reason: 'Unauthorized', message: 'Unauthorized' },
  },
  {
    what: 'a password',
    sent: unknown('Basic YWRtaW46YWRtaW4='),
    answer: {
      status: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    },
  },
  {
    what: 'an authorization of no scheme',
    sent: unknown('garbage'),
    answer: {
      status: 403,
      reason: 'Forbidden',
      message:
        'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API group "" in the namespace "default"',
    },
  },
  {
    what: 'a token of a hundred kilobytes',
    sent: unknown(`Bearer ${'a'.repeat(100_000)}`),
    answer: { status: 401, reason: 'Unauthorized', message: 'Unauthorized' },
  },
  {
    what: 'a method that is overridden',
    sent: http('GET', `${maps}/there`, { headers: { 'x-http-method-override': 'DELETE' } }),
    answer: { status: 200, warnings: [] },
  },
];
