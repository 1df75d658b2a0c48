#!/usr/bin/env bash
# Audits with the inputs of action.yml, and leaves reports, annotations, the step's summary and outputs. It ends with 0
# whatever the audit's exit status is: that is an output, with which the action ends after the upload.
set -euo pipefail
# shellcheck source=fail.sh
. "$GITHUB_ACTION_PATH/action/fail.sh"

reports=$INPUT_REPORTS
case $reports in
  *[$'\r\n']*) fail 2 "input reports: \"$reports\" has more than one line" ;;
  '') reports=$(mktemp -d "$RUNNER_TEMP/apigee-audit.XXXXXX") ;;
  *) mkdir -p -- "$reports" || fail 2 "input reports: the folder \"$reports\" cannot be made" ;;
esac
# Nothing of an earlier run may be taken for the reports of this one.
rm -f -- "$reports/audit.sarif" "$reports/audit.json" "$reports/audit.html"
work=$(mktemp -d "$RUNNER_TEMP/apigee-audit-work.XXXXXX")

set -- scan --format=github \
  --output="sarif=$reports/audit.sarif" --output="json=$reports/audit.json" --output="html=$reports/audit.html" \
  --output="markdown-summary=$work/summary.md" --output="prometheus=$work/metrics" --fail-on="$INPUT_FAIL_ON"
[ -z "$INPUT_BASELINE" ] || set -- "$@" --baseline="$INPUT_BASELINE"
[ -z "$INPUT_CONFIG" ] || set -- "$@" --config="$INPUT_CONFIG"
# Lists are split at line ends alone, and nothing in them is a pattern.
set -f
IFS=$'\r\n'
for org in $INPUT_ORG; do set -- "$@" --org="$org"; done
for path in $INPUT_WITH; do set -- "$@" --with="$path"; done
for bundle in $INPUT_WITHOUT; do set -- "$@" --without="$bundle"; done
for arg in $INPUT_ARGS; do set -- "$@" "$arg"; done
set -- "$@" --
for path in $INPUT_PATHS; do set -- "$@" "$path"; done
unset IFS
set +f

# Git's bash on Windows would take arguments such as /a=b for paths of its own.
export MSYS2_ARG_CONV_EXCL='*'
program=apigee-audit
[ "$RUNNER_OS" != Windows ] || program=apigee-audit.exe
status=0
"$program" "$@" || status=$?

output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }
output status "$status"
output reports "$reports"
for format in sarif json html; do
  if [ -s "$reports/audit.$format" ]; then output "$format" "$reports/audit.$format"; fi
done
if [ -s "$work/summary.md" ]; then cat "$work/summary.md" >>"$GITHUB_STEP_SUMMARY"; fi
if [ -s "$work/metrics" ]; then
  awk '
    /^apigee_audit_complete / { print "complete=" ($2 == 1 ? "true" : "false") }
    /^apigee_audit_findings\{.*status="(new|known)"\} / { findings += $NF }
    /^apigee_audit_findings\{.*status="new"\} / { new += $NF }
    END { print "findings=" findings + 0; print "new=" new + 0 }
  ' "$work/metrics" >>"$GITHUB_OUTPUT"
fi
