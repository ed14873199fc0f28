# Sourced by up, deploy and down: where things are. State lives in .emulator/ of the checkout, which git ignores.
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
emulator="$checkout/infra/emulator"
state="$checkout/.emulator"
venv="$state/venv"
pid_file="$state/ministack.pid"
log_file="$state/ministack.log"
port=${EMULATOR_PORT:-4566}
endpoint="http://127.0.0.1:$port"

# True when the process that `up` started still runs (and is no stranger that got its number).
is_running() {
  [[ -f $pid_file ]] && ps -p "$(cat "$pid_file")" -o command= 2>/dev/null | grep -q ministack
}

is_healthy() {
  curl --silent --fail --max-time 2 --output /dev/null "$endpoint/_ministack/health"
}

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Creates the virtual environment, or brings it up to date when the requirements have changed since.
ensure_venv() {
  if ! cmp --silent "$emulator/requirements.txt" "$venv/installed.txt"; then
    echo "installing the emulator into ${venv#"$checkout/"}" >&2
    rm -rf "$venv"
    "${PYTHON:-python3}" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || fail "needs Python 3.10 or later (set PYTHON)"
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$emulator/requirements.txt"
    cp "$emulator/requirements.txt" "$venv/installed.txt"
  fi
}
