# Sourced by up, deploy and down: where things are. State lives in .emulator/ of the checkout, which git ignores.
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
emulator="$checkout/infra/emulator"
state="$checkout/.emulator"
venv="$state/venv"
pid_file="$state/ministack.pid"
log_file="$state/ministack.log"
endpoint="http://127.0.0.1:${EMULATOR_PORT:-4566}"

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Starts the calling script anew as `run_alone "$@"`, once no other of these scripts runs in this checkout: tests that
# start side by side may all call `up`. The lock is file descriptor 9, and ends with the script.
run_alone() {
  if [[ ${EMULATOR_LOCK:-} != "$state" ]]; then
    mkdir -p "$state"
    EMULATOR_LOCK=$state exec "${PYTHON:-python3}" -c '
import fcntl, os, sys

lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
os.dup2(lock.fileno(), 9, inheritable=True)
os.execv(sys.argv[2], sys.argv[2:])
' "$state/lock" "$emulator/$(basename "$0")" "$@"
  fi
  unset EMULATOR_LOCK
}

# MiniStack holds a lock on its pid file for as long as it lives, so that a pid is never taken for a later stranger's.
is_running() {
  [[ -f $pid_file && -x $venv/bin/python ]] && ! "$venv/bin/python" -c '
import fcntl, sys
fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)
' "$pid_file" 2>/dev/null
}

is_healthy() {
  curl --silent --fail --max-time 2 --output /dev/null "$endpoint/_ministack/health"
}

# Creates the virtual environment, anew when the requirements have changed since.
ensure_venv() {
  if cmp -s "$emulator/requirements.txt" "$venv/installed.txt"; then
    return
  fi
  "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "needs Python 3.10 or later (set PYTHON)"
  echo "installing the emulator into .emulator/venv" >&2
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$emulator/requirements.txt"
  cp "$emulator/requirements.txt" "$venv/installed.txt"
}
