import { describe, expect, test } from 'vitest';
import { multilinePresets } from '../../lib/log-annotations/log-annotations.ts';
import { startPattern } from './multiline.ts';

/** Messages as their programs print them; each is to come out as one. */
const messages: Readonly<Record<(typeof multilinePresets)[number], readonly string[]>> = {
  java: [
    '2026-11-29 08:00:00.000 ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[.[.[/]: Servlet.service() threw exception',
    `java.lang.IllegalStateException: order 7 cannot be saved
	at shop.Orders.save(Orders.java:42) ~[classes!/:1.4.2]
	at java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(DirectMethodHandleAccessor.java:103)
	at shop.Orders$$SpringCGLIB$$0.save(<generated>)
	Suppressed: java.io.IOException: close failed
		at shop.Pool.close(Pool.java:9)
		... 3 more
	Caused by: java.net.SocketException: reset
		at java.base/sun.nio.ch.Net.poll(Native Method)
Caused by: java.sql.SQLTransientConnectionException: no connection within 30000ms
	at com.zaxxer.hikari.pool.HikariPool.getConnection(HikariPool.java:197)
	... 23 common frames omitted`,
    '2026-11-29 08:00:01.000  INFO 1 --- [main] shop.Main: next',
  ],
  python: [
    `ERROR:root:order 7
Traceback (most recent call last):
  File "/app/main.py", line 12, in save
    db.execute(order)
    ~~~~~~~~~~^^^^^^^
  File "/usr/lib/python3.13/sqlite3/dbapi2.py", line 5, in execute
    raise OperationalError("database is locked")
sqlite3.OperationalError: database is locked

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 14, in save
    requests.post(url, timeout=3)
requests.exceptions.ConnectTimeout: HTTPConnectionPool(host='x', port=80): Max retries exceeded

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/app/main.py", line 20, in <module>
    main()
KeyboardInterrupt`,
    'INFO:root:next',
    `WARNING:root:several
  + Exception Group Traceback (most recent call last):
  |   File "/app/main.py", line 3, in <module>
  | ExceptionGroup: two (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: a
    +------------------------------------`,
    'INFO:root:last',
  ],
  go: [
    `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x4a5f6e]

goroutine 7 gp=0xc000002380 m=0 mp=0x56e1a0 [running]:
main.(*Orders).Save(0x0, {0xc00001c0a8, 0x3})
	/app/orders.go:42 +0x1e
main.apply[...](0xc000012345)
	/app/apply.go:7 +0x5c
net/http.HandlerFunc.ServeHTTP(0xc0000b2000?, {0x7f, 0xc0001}, 0x0?)
	/usr/local/go/src/net/http/server.go:2220 +0x29
created by net/http.(*Server).Serve in goroutine 1
	/usr/local/go/src/net/http/server.go:3360 +0x485

goroutine 1 [IO wait, 5 minutes]:
internal/poll.runtime_pollWait(0x7f2a, 0x72)
	/usr/local/go/src/runtime/netpoll.go:351 +0x85
exit status 2`,
    '2026/11/29 08:00:00 next',
    `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
	/app/main.go:5 +0x18`,
  ],
  node: [
    `Error: connect ECONNREFUSED 10.96.12.7:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1611:16)
    at async Pool.query (/app/pool.js:12:3) {
  errno: -111,
  code: 'ECONNREFUSED',
  syscall: 'connect',
  [cause]: AggregateError
      at internalConnectMultiple (node:net:1118:18)
}`,
    '{"level":30,"msg":"next"}',
    `/app/main.js:3
  throw new TypeError('x');
  ^
`,
    `TypeError: x
    at Object.<anonymous> (/app/main.js:3:9)

Node.js v24.22.3`,
    'last',
  ],
};

describe.each(multilinePresets)('%s', (preset) => {
  test('stack traces stay together, and what follows begins anew', () => {
    const pattern = startPattern(preset);
    const joined: string[] = [];
    for (const line of messages[preset].flatMap((message) => message.split('\n'))) {
      const last = joined.length - 1;
      if (last < 0 || pattern.test(line)) joined.push(line);
      else joined[last] += `\n${line}`;
    }
    expect(joined).toEqual(messages[preset]);
  });
});
