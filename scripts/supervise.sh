#!/bin/sh
# Keeps one process up: `supervise.sh NAME RUN_DIR LOG_FILE COMMAND…`. Restarts it with growing pauses when it ends, unless RUN_DIR/NAME.stop exists.
# RUN_DIR/NAME.pid is the process, RUN_DIR/NAME.supervisor.pid this loop, RUN_DIR/NAME.restarts how often it was started again. The log is moved aside at each start once it is larger than the bound;
# bound-logs.sh keeps it bounded while the process runs.
set -u

name=$1 run=$2 log=$3
shift 3
max_log_bytes=8388608
max_pause=10
pause=0
restarts=0
child=

echo $$ >"$run/$name.supervisor.pid"
echo 0 >"$run/$name.restarts"

finish() {
  rm -f "$run/$name.pid" "$run/$name.supervisor.pid" "$run/$name.restarts"
  exit 0
}
on_term() {
  : >"$run/$name.stop"
  [ -n "$child" ] && kill -TERM "$child" 2>/dev/null
}
trap on_term TERM INT
trap '' HUP

while [ ! -e "$run/$name.stop" ]; do
  if [ -f "$log" ] && [ "$(wc -c <"$log")" -gt "$max_log_bytes" ]; then mv -f "$log" "$log.1"; fi
  started=$(date +%s)
  "$@" >>"$log" 2>&1 </dev/null &
  child=$!
  echo "$child" >"$run/$name.pid"
  # Asked to end while the process was being made: the trap did not know it yet.
  [ -e "$run/$name.stop" ] && kill -TERM "$child" 2>/dev/null
  wait "$child"
  code=$?
  # A trapped signal ends `wait` early: the child is still to be waited for.
  while kill -0 "$child" 2>/dev/null; do
    wait "$child"
    code=$?
  done
  child=
  [ -e "$run/$name.stop" ] && break
  # A long life earns an immediate restart; quick deaths wait 1, 2, 4, 8, 10 seconds.
  if [ $(($(date +%s) - started)) -ge 10 ]; then pause=0; fi
  restarts=$((restarts + 1))
  echo "$restarts" >"$run/$name.restarts"
  printf '{"level":40,"name":"supervise","process":"%s","exitCode":%d,"pauseSeconds":%d,"msg":"process ended, starting it again"}\n' \
    "$name" "$code" "$pause" >>"$log"
  if [ "$pause" -gt 0 ]; then
    sleep "$pause" &
    wait $!
    pause=$((pause * 2))
    [ "$pause" -gt "$max_pause" ] && pause=$max_pause
  else
    pause=1
  fi
done
finish
