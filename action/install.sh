#!/usr/bin/env bash
# Installs a release of apigee-audit for this runner and puts it on the PATH of the steps that follow. Called by action.yml.
set -euo pipefail
# shellcheck source=fail.sh
. "$GITHUB_ACTION_PATH/action/fail.sh"

# What is not true or false would be taken for false.
for input in upload-sarif="$INPUT_UPLOAD_SARIF" install-only="$INPUT_INSTALL_ONLY"; do
  case ${input#*=} in
    true | false) ;;
    *) fail 2 "input ${input%%=*}: \"${input#*=}\" must be true or false" ;;
  esac
done

version=${INPUT_VERSION#v}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]] ||
  fail 2 "input version: \"$INPUT_VERSION\" is not a version; write it like 0.2.0"

pinned=$(printf '%s' "$INPUT_SHA256" | tr 'A-F' 'a-f')
[[ $pinned =~ ^([0-9a-f]{64})?$ ]] ||
  fail 2 "input sha256: \"$INPUT_SHA256\" is not a SHA-256 digest (64 hexadecimal digits)"

case $RUNNER_OS in
  Linux) os=linux suffix=tar.gz program=apigee-audit ;;
  macOS) os=darwin suffix=tar.gz program=apigee-audit ;;
  Windows) os=windows suffix=zip program=apigee-audit.exe ;;
  *) fail 2 "there is no release for runners with $RUNNER_OS" ;;
esac
case $RUNNER_ARCH in
  X64) arch=amd64 ;;
  ARM64) arch=arm64 ;;
  *) fail 2 "there is no release for $RUNNER_ARCH processors" ;;
esac

# repository prints the repository that this action comes from. Where one action uses another, github.action_repository is
# the outer one's (https://github.com/actions/runner/issues/2473), so the folder that the runner keeps the action in,
# _actions/OWNER/REPOSITORY/REF, is asked first.
repository() {
  local path=${GITHUB_ACTION_PATH//\\//} rest
  case $path in
    */_actions/*/*/*)
      rest=${path##*/_actions/}
      printf '%s/' "${rest%%/*}"
      rest=${rest#*/}
      printf '%s\n' "${rest%%/*}"
      ;;
    *) printf '%s\n' "$ACTION_REPOSITORY" ;;
  esac
}

base=${INPUT_BASE_URL%/}
if [ -z "$base" ]; then
  from=$(repository)
  [[ $from =~ ^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$ ]] ||
    fail 2 'it is not known which repository this action comes from (uses: ./ does not say); set the input base-url'
  base=$GITHUB_SERVER_URL/$from/releases/download
fi
[[ $base =~ ^https?://[A-Za-z0-9._~:/@%+-]+$ ]] ||
  fail 2 "input base-url: \"$INPUT_BASE_URL\" must be an https:// address without a query"
case $base in
  http://*) [ -n "$pinned" ] || fail 2 'input base-url: over plain http, anybody on the way could replace the release; use https, or set sha256 as well' ;;
esac

folder=$(mktemp -d "$RUNNER_TEMP/apigee-audit-bin.XXXXXX")
cd "$folder"
name=apigee-audit_${version}_${os}_$arch
archive=$name.$suffix

# fetch FILE downloads a file of the release.
fetch() {
  printf 'Downloading %s\n' "$base/v$version/$1"
  curl --fail --silent --show-error --location --proto '=http,https' --proto-redir '=https' \
    --connect-timeout 20 --max-time 300 --retry 3 --output "$1" "$base/v$version/$1" ||
    fail 3 "$1 of release v$version could not be downloaded from $base; check the inputs version and base-url"
}

digest() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

fetch "$archive"
expected=$pinned
source='the input sha256'
if [ -z "$expected" ]; then
  fetch checksums.txt
  source="the release's checksums.txt"
  expected=$(tr -d '\r' <checksums.txt | awk -v file="$archive" '$2 == file || $2 == "*" file { print $1; exit }')
  [ -n "$expected" ] || fail 3 "checksums.txt of release v$version does not list $archive"
fi
actual=$(digest "$archive")
[ "$actual" = "$expected" ] ||
  fail 3 "$archive has the digest $actual and not the one in $source, $expected; it was not unpacked"

case $suffix in
  tar.gz) tar -xzf "$archive" ;;
  zip) unzip -q "$archive" ;;
esac || fail 3 "$archive could not be unpacked"
[ -f "$name/$program" ] || fail 3 "$archive does not hold $name/$program"
rm "$archive"
"$name/$program" version || fail 3 "the program in $archive does not run on this runner"
printf '%s\n' "$folder/$name" >>"$GITHUB_PATH"
