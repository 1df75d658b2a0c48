#!/usr/bin/env bash
# Measures an audit against fetching every deployed bundle and linting it, on one simulated organization:
#   docs/examples/compare.sh
# It needs apigee-audit, apigeelint (npm install -g apigeelint), curl, jq and unzip, and installs nothing. Settings are
# taken from the environment:
#   ORG         organization of the simulator (harbor-retail)
#   LATENCY     time before every answer (100ms)
#   PARALLEL    downloads and lints at once in the parallel run (16)
#   COPIES      for a larger organization: one revision of each proxy that many times, all in one environment (1: as it is)
#   KEEP        a folder for what the tools said
# The requests are those that `apigeecli organizations get`, `environments deployments get` and `apis fetch` and
# `sharedflows fetch` make. apigeecli itself speaks only to Google's hosts over https, so curl takes its place.
set -euo pipefail

ORG=${ORG:-harbor-retail} LATENCY=${LATENCY:-100ms} PARALLEL=${PARALLEL:-16} COPIES=${COPIES:-1}
for tool in apigee-audit apigeelint curl jq unzip xargs; do
  command -v "$tool" >/dev/null || { printf '%s is not installed\n' "$tool" >&2; exit 2; }
done
work=$(mktemp -d)
simulator=
finish() {
  [ -z "$simulator" ] || kill "$simulator" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
out=${KEEP:-$work/out}
mkdir -p "$out"
export APIGEE_AUDIT_TOKEN=simulator # what the simulator accepts; no secret

# simulate ARGUMENT... starts the simulator and leaves its address in $endpoint.
simulate() {
  : >"$work/address" # there before the simulator is, and without the address of an earlier one
  apigee-audit simulate -v "$@" >"$work/address" 2>"$work/log" &
  simulator=$!
  for _ in $(seq 300); do
    endpoint=$(head -n 1 "$work/address")
    [ -z "$endpoint" ] || break
    kill -0 "$simulator" 2>/dev/null || break
    sleep 0.1
  done
  [ -n "$endpoint" ] || { printf 'the simulator does not start:\n' >&2; cat "$work/log" >&2; exit 2; }
  export BASE=$endpoint/v1/organizations/$ORG
}
stopped() { kill "$simulator"; wait "$simulator" 2>/dev/null || true; simulator=; }

get() { curl -sSf -H "Authorization: Bearer $APIGEE_AUDIT_TOKEN" "$@"; }
list() { # ENVIRONMENT -> one "apis NAME REVISION" or "sharedflows NAME REVISION" a line
  get "$BASE/environments/$1/deployments" | jq -r '.deployments[]? | "apis \(.apiProxy) \(.revision)"'
  get "$BASE/environments/$1/deployments?sharedFlows=true" | jq -r '.deployments[]? | "sharedflows \(.apiProxy) \(.revision)"'
}
fetch() { # KIND NAME REVISION -> a folder
  local dir=$INTO/$1-$2-$3
  mkdir -p "$dir"
  get "$BASE/$1/$2/revisions/$3?format=bundle" -o "$dir.zip"
  unzip -q "$dir.zip" -d "$dir"
}
lint() { # KIND NAME REVISION; apigeelint's exit status tells of findings
  fetch "$@"
  local root=apiproxy
  [ "$1" = apis ] || root=sharedflowbundle
  apigeelint -s "$INTO/$1-$2-$3/$root" -f json.js --profile apigeex >"$INTO/$1-$2-$3.json" || true
}
export -f get list fetch lint

# each FUNCTION AT-ONCE runs a function for every line of stdin.
each() { xargs -P "$2" -L 1 bash -c "set -euo pipefail; $1 \"\$@\"" "$1"; }
linting() { # AT-ONCE; a revision deployed in several environments is fetched once
  get "$BASE" | jq -r '.environments[]' | each list "$1" | sort -u | each lint "$1"
}
audit() { apigee-audit scan --org "$ORG" --endpoint "$endpoint" --cache-dir "$work/cache" -f json --fail-on none; }

if [ "$COPIES" -gt 1 ]; then # the bundles of the organization, the proxies under new names too
  simulate
  export INTO=$work/bundles
  mkdir -p "$INTO"
  get "$BASE" | jq -r '.environments[]' | each list 1 | sort -k1,2 -u | each fetch 8
  stopped
  rm "$INTO"/*.zip
  for dir in "$INTO"/apis-*; do
    for copy in $(seq 2 "$COPIES"); do
      cp -r "$dir" "$dir-$copy"
      sed -i.was "s/<APIProxy\(.*\) name=\"\([^\"]*\)\"/<APIProxy\1 name=\"\2-$copy\"/" "$dir-$copy"/apiproxy/*.xml
      rm "$dir-$copy"/apiproxy/*.was
    done
  done
  ORG=local
  simulate --latency "$LATENCY" "$INTO"
else
  simulate --latency "$LATENCY"
fi

# measure NAME COMMAND... prints requests, seconds and processor seconds of a command and all that it starts.
TIMEFORMAT='%R %U %S'
printf '%-34s %9s %9s %9s\n' 'what' 'requests' 'seconds' 'cpu-s'
measure() {
  local name=$1 before after
  shift
  before=$(grep -c 'msg=request' "$work/log" || true)
  { time "$@" >"$work/stdout" 2>"$work/stderr"; } 2>"$work/time" || { cat "$work/stderr" >&2; exit 1; }
  after=$(grep -c 'msg=request' "$work/log" || true)
  awk -v name="$name" -v n=$((after - before)) '{ printf "%-34s %9d %9.1f %9.1f\n", name, n, $1, $2 + $3 }' "$work/time"
}
for at_once in 1 "$PARALLEL"; do
  export INTO=$out/lint-$at_once
  rm -rf "$INTO"
  mkdir -p "$INTO"
  measure "fetch and lint, $at_once at once" linting "$at_once"
done
measure 'apigee-audit scan, first time' audit
cp "$work/stdout" "$out/audit.json"
measure 'apigee-audit scan, again' audit

printf '\napigee-audit %s, apigeelint %s\n' "$(apigee-audit version | sed 's/^apigee-audit //')" "$(apigeelint --version)"
printf 'bundles linted: %s, revisions audited: %s\n' "$(find "$INTO" -maxdepth 1 -name '*.json' | wc -l | tr -d ' ')" \
  "$(jq '[.organizations[].audited] | add' "$out/audit.json")"
printf '\napigeelint, messages by rule:\n'
cat "$INTO"/*.json | jq -r '.[].messages[]?.ruleId' | sort | uniq -c | sort -rn
printf '\napigee-audit, findings by rule:\n'
jq -r '.findings[].ruleId' "$out/audit.json" | sort | uniq -c | sort -rn
