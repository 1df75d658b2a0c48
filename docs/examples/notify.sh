#!/usr/bin/env bash
# Tells people about findings that are new since the last complete audit:
#   docs/examples/notify.sh LAST.json TODAY.json
# Both are JSON reports. LAST.json is what people know of; once everybody has been told, TODAY.json takes its place, unless
# that audit was incomplete. Without LAST.json, TODAY.json becomes it, and nobody is told. It needs apigee-audit, curl and jq.
# Who is told is set in the environment, each part optional:
#   SLACK_WEBHOOK_URL                                a message in a channel
#   MAIL_TO                                          a mail, by the command mail
#   JIRA_URL JIRA_USER JIRA_TOKEN JIRA_PROJECT       an issue of Jira Cloud for each new finding
#   JIRA_TYPE                                        its type (Task)
# If somebody cannot be told, it fails and LAST.json stays, so that the next run tells everybody again.
set -euo pipefail

[ $# = 2 ] || { printf 'usage: %s LAST.json TODAY.json\n' "$0" >&2; exit 2; }
last=$1 today=$2
if [ ! -e "$last" ]; then
  cp "$today" "$last"
  printf 'first audit: %s is what later ones are compared with\n' "$last"
  exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

status=0
apigee-audit diff --no-config --fail-on info -f json "$last" "$today" >"$work/diff.json" || status=$?
case $status in
  0 | 1 | 3) ;; # nothing new, something new, and an incomplete audit, which may have found something new too
  *) exit "$status" ;;
esac
jq '[.added[] | select(.status != "suppressed")]' "$work/diff.json" >"$work/new.json"
count=$(jq length "$work/new.json")
if [ "$count" = 0 ] && [ "$status" != 3 ]; then
  printf 'nothing new\n'
  mv -f "$today" "$last"
  exit
fi
headline=$(jq -r '"apigee-audit: \(length) new (\(map(select(.severity == "high")) | length) high)"' "$work/new.json")
[ "$status" != 3 ] || headline+=', and the audit is incomplete'
apigee-audit diff --no-config --no-color --fail-on none --allow-partial "$last" "$today" >"$work/new.txt"

# send URL-OPTIONS FILE: what is secret goes to curl's stdin, and not onto its command line, which every user can read.
send() {
  curl --config - --silent --show-error --fail --max-time 30 --header 'Content-Type: application/json' \
    --data-binary "@$2" --output /dev/null <<<"$1"
}

if [ -n "${SLACK_WEBHOOK_URL:-}" ]; then
  # Names and conditions come from proxies: &, < and > are escaped, so that none of them notifies a whole channel.
  jq --arg headline "$headline" '
    def harmless: gsub("[[:cntrl:]]"; " ") | .[:500] | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;");
    def line: "\(.severity) \(.ruleId) \(.organization) \(.name) (\([.deployments[].environment] | unique | join(", "))): \(.message)";
    {text: ([$headline] + (.[:10] | map("• " + (line | harmless))) + (if length > 10 then ["and \(length - 10) more"] else [] end) | join("\n"))}
  ' "$work/new.json" >"$work/slack.json"
  send "url = \"$SLACK_WEBHOOK_URL\"" "$work/slack.json"
fi

if [ -n "${MAIL_TO:-}" ]; then
  mail -s "$headline" "$MAIL_TO" <"$work/new.txt"
fi

if [ -n "${JIRA_URL:-}" ]; then
  jq -c '.[]' "$work/new.json" | while IFS= read -r finding; do
    # A document of text nodes, in which no text is markup.
    jq --arg project "$JIRA_PROJECT" --arg type "${JIRA_TYPE:-Task}" '
      def paragraph: {type: "paragraph", content: [{type: "text", text: .}]};
      {fields: {
        project: {key: $project}, issuetype: {name: $type}, labels: ["apigee-audit", "apigee-audit-\(.fingerprint)"],
        summary: ("\(.ruleId) \(.organization) \(.name): \(.message)" | gsub("[[:cntrl:]]"; " ") | .[:250]),
        description: {type: "doc", version: 1, content: [
          (.message | paragraph), ("\(.name)/\(.file):\(.line)" | paragraph), (.remediation // "See the report." | paragraph)]}
      }}' <<<"$finding" >"$work/issue.json"
    send "url = \"${JIRA_URL%/}/rest/api/3/issue\"
user = \"$JIRA_USER:$JIRA_TOKEN\"" "$work/issue.json"
  done
fi

printf '%s\n' "$headline"
[ "$status" = 3 ] || mv -f "$today" "$last"
