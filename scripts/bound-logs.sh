#!/bin/sh
# Keeps the log files of a cluster's processes bounded while they run: `bound-logs.sh LOG_DIR`. Processes append, so a file may be copied and emptied.
set -u
dir=$1
max_log_bytes=8388608
while [ -d "$dir" ]; do
  for log in "$dir"/*.log; do
    [ -f "$log" ] || continue
    if [ "$(wc -c <"$log")" -gt "$max_log_bytes" ]; then
      cp -f "$log" "$log.1"
      : >"$log"
    fi
  done
  sleep 60 &
  wait $!
done
