#!/bin/sh
# The way in from a fresh clone: `scripts/bootstrap.sh VERB`, called by npm start, npm test, npm run down, npm run compose and ./kctl before any `npm install`.
# Needs a Node of version 20 or newer and npm; everything after this file runs on the pinned Node 24 in node_modules.
set -eu

root=$(dirname "$(dirname "$(readlink -f "$0")")")
node="$root/node_modules/.bin/node"
stamp="$root/node_modules/.vigil-lock"

say() { printf '%s\n' "$*" >&2; }

# Whether node_modules holds every version that the lockfile names (packages for other platforms and optional ones aside).
installed() {
  node -e '
    const { readFileSync } = require("fs");
    const packages = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
    const have = packages("node_modules/.package-lock.json");
    for (const [path, want] of Object.entries(packages("package-lock.json"))) {
      if (path === "" || want.optional || want.devOptional) continue;
      if (have[path]?.version !== want.version) process.exit(1);
    }' 2>/dev/null
}

install() {
  command -v node >/dev/null && command -v npm >/dev/null || {
    say "vigil needs Node 20 or newer and npm: https://nodejs.org"
    exit 1
  }
  cd "$root"
  if [ ! -x "$node" ] || ! installed; then
    say " · packages       npm ci"
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2 || {
      say "npm ci failed: see above; check the network and run the command again"
      exit 1
    }
  fi
  [ -x "$node" ] || {
    say "there is no Node 24 package for this platform ($(uname -sm)): install Node 24 and link it as $node"
    exit 1
  }
  cp package-lock.json "$stamp"
  cd "$here"
}

here=$(pwd)
cmp -s "$root/package-lock.json" "$stamp" 2>/dev/null && [ -x "$node" ] || install

: "${VIGIL_HOME:=$HOME/.vigil}"
# The set-up puts programs for the tests into the tools folder when the machine has none that are recent enough.
PATH="$root/node_modules/.bin:$VIGIL_HOME/tools/bin:$PATH:/usr/sbin:/sbin"
export PATH
export VIGIL_HOME
: "${NODE_COMPILE_CACHE:=$VIGIL_HOME/compile-cache}"
export NODE_COMPILE_CACHE

run="node --disable-warning=ExperimentalWarning"
verb=${1:-start}
[ $# -gt 0 ] && shift
case $verb in
  kctl)
    case ${1:-} in
      up | prepare) $run "$root/scripts/setup/main.ts" cluster >&2 ;;
    esac
    exec $run "$root/cli/main.ts" "$@"
    ;;
  start)
    $run "$root/scripts/setup/main.ts" cluster >&2
    exec $run "$root/cli/main.ts" up --demo "$@"
    ;;
  test)
    cd "$root"
    $run scripts/setup/main.ts test >&2
    exec $run scripts/test.ts "$@"
    ;;
  compose)
    $run "$root/scripts/setup/main.ts" compose >&2
    environment=$($run "$root/cli/main.ts" prepare)
    [ $# -gt 0 ] || set -- up -d
    exec docker-compose --project-name vigil --env-file "$environment" -f "$root/docker-compose.dev.yml" "$@"
    ;;
  down)
    $run "$root/cli/main.ts" down --all "$@"
    exec $run "$root/scripts/setup/main.ts" down
    ;;
  *)
    say "usage: $0 start|test|down|compose|kctl [arguments]"
    exit 2
    ;;
esac
