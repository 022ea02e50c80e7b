#!/bin/sh
# Records the scenarios of this folder again, each on a fresh cluster of simulated nodes.
# Usage: tests/replays/record.sh [KONTIKI_BINARY]; kubectl must be in the PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kontiki=${1:-$here/../../target/debug/kontiki}
work=$(mktemp -d)
port=16643
trap 'kill $up 2>/dev/null || true; wait $up 2>/dev/null || true; rm -rf "$work"' EXIT

k() { kubectl --kubeconfig "$work/data/admin.kubeconfig" "$@"; }

start() {
    rm -rf "$work/data"
    "$kontiki" up --data-dir "$work/data" --no-node --simulated-nodes "$1" --port $port --listen 127.0.0.1 \
        --no-kubeconfig --component-ports false >"$work/log" 2>&1 &
    up=$!
    until k get serviceaccount/default node/simulated-0 >/dev/null 2>&1; do kill -0 $up; done
    k wait --for=condition=Ready node --all --timeout=60s >/dev/null
}

# record SCENARIO RECONCILERS: what the function SCENARIO does, while these reconcilers are recorded
record() {
    "$kontiki" record "$work/$1" --kubeconfig "$work/data/admin.kubeconfig" --reconcilers "$2" >"$work/record" 2>&1 &
    recording=$!
    until [ -s "$work/$1/controllers.jsonl" ]; do kill -0 $recording; done
    "$1"
    kill -INT $recording
    wait $recording || true
    "$kontiki" replay "$work/$1"/*.jsonl
    rm -rf "${here:?}/$1"
    cp -r "$work/$1" "$here/$1"
    kill -INT $up
    wait $up || true
}

rolling_update() {
    k apply -f "$here/web.yaml"
    k rollout status deployment/web --timeout=60s
    k set image deployment/web web=example.org/web:2
    k rollout status deployment/web --timeout=60s
}

namespace_deletion() {
    k create namespace doomed
    k apply -n doomed -f "$here/web.yaml"
    k rollout status -n doomed deployment/web --timeout=60s
    k delete namespace doomed --timeout=60s
}

node_lost() {
    k apply -f "$here/web.yaml"
    k rollout status deployment/web --timeout=60s
    k delete node simulated-0
    k wait --for=jsonpath='{.status.availableReplicas}'=3 deployment/web --timeout=60s
}

start 2
record rolling_update deployment,replicaset,scheduler
start 1
record namespace_deletion namespace,garbage-collector,service-account,root-ca
start 2
record node_lost pod-garbage-collector,replicaset,deployment,scheduler,node-lifecycle
