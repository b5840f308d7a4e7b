#!/usr/bin/env bash
# Runs a command with a MongoDB-compatible server beside it: with_ferretdb.sh COMMAND [ARGUMENT...]
# The server has a free loopback port and a folder of its own, and ends with the command.
set -euo pipefail

program=$(cd "$(dirname "$0")/.." && pwd)/.cache/bin/ferretdb
state=$(mktemp -d)
mkdir "$state/data"
"$program" "$state/data" >"$state/address" 2>"$state/log" </dev/null &
server=$!

stop() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    rm -rf "$state"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for _ in $(seq 300); do # 30 seconds
    if [[ -s "$state/address" ]]; then break; fi
    if ! kill -0 "$server" 2>/dev/null; then break; fi
    sleep 0.1
done
if [[ ! -s "$state/address" ]]; then
    echo "FerretDB did not start:" >&2
    cat "$state/log" >&2
    exit 1
fi
LEADMETRICS_TEST_MONGODB_URL=$(head -n 1 "$state/address")
export LEADMETRICS_TEST_MONGODB_URL
"$@"
