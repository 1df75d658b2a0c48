# shellcheck shell=bash
# For the scripts beside it, which run in the bash 3.2 of macOS and in Git's on Windows as well.

# fail STATUS MESSAGE ends the step with an annotation. What a message quotes cannot begin a command of its own.
fail() {
  local message=$2
  message=${message//'%'/%25}
  message=${message//$'\r'/%0D}
  message=${message//$'\n'/%0A}
  printf '::error title=apigee-audit::%s\n' "$message"
  exit "$1"
}
