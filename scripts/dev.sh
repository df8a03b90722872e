#!/usr/bin/env bash
# Runs the server and `trunk serve` side by side; when one ends, or on Ctrl-C, so does the other.
set -u
cd "$(dirname "$0")/.."

children=()
end() {
    trap - EXIT INT TERM
    kill "${children[@]}" 2>/dev/null
    wait
}
trap end EXIT
trap 'exit 130' INT TERM

# Built first: trunk and cargo would otherwise wait for each other's build lock in turns.
cargo build --locked -p backend || exit 1
cargo run --quiet --locked -p backend -- --listen 127.0.0.1:8082 --data data --dist dist &
children+=($!)
trunk serve --address 127.0.0.1 --port 8080 &
children+=($!)
wait -n
