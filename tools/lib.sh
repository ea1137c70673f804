# Shared by the scripts in tools/: where the build cache is, how to speak, how to run a step and leave no process behind.
# Sourced by bash under `set -euo pipefail`; never run by itself.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

# A service may start without HOME; the cache and cargo live below it.
: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
export HOME
command -v cargo >/dev/null || PATH="$HOME/.cargo/bin:$PATH"

# The build is outside the clone: a fresh clone compiles only what changed. Every script builds with the same profile
# and the whole workspace, so that nothing is compiled twice under different features.
cache="${XDG_CACHE_HOME:-$HOME/.cache}/yinglian"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
programs="$CARGO_TARGET_DIR/release"

case "${YINGLIAN_LANG:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}" in
zh*) language=zh ;;
*) language=en ;;
esac

# say ENGLISH CHINESE: one line of talk, on stderr.
say() {
  if [ "$language" = zh ]; then printf '%s\n' "$2" >&2; else printf '%s\n' "$1" >&2; fi
}

# The process group of the step that is running; empty when none is.
running=""

# run COMMAND…: runs it as a process group of its own. What it leaves running is named, ended, and makes it fail.
run() {
  local status=0
  set -m
  "$@" </dev/null &
  running=$!
  set +m
  wait "$running" || status=$?
  if ! group_ends_within 20; then
    say "left running by this step:" "此步骤遗留的进程："
    group >&2
    [ "$status" -ne 0 ] || status=1
  fi
  end_running
  return "$status"
}

# The processes of the running step, the dead that nobody has collected yet left out.
group() {
  ps -eo pgid=,stat=,pid=,args= | awk -v group="$running" '$1 == group && $2 !~ /^Z/'
}

# True once the step holds no process, within so many tenths of a second.
group_ends_within() {
  local tenths=$1
  while [ -n "$(group)" ]; do
    [ "$tenths" -gt 0 ] || return 1
    tenths=$((tenths - 1))
    sleep 0.1
  done
}

# Ends what is left of the step, and only that.
end_running() {
  [ -n "$running" ] || return 0
  if [ -n "$(group)" ]; then
    kill -TERM -- "-$running" 2>/dev/null || true
    group_ends_within 50 || kill -KILL -- "-$running" 2>/dev/null || true
  fi
  running=""
}

trap end_running EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
