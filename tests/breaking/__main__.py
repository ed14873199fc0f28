"""The long forms: `tests/run breaking --help`. The integration tests run short ones."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from breaking import seed, server
from breaking.application import Breaking
from breaking.counting import Account
from breaking.storm import Storm
from deployment import Deployment
from installations import any_credentials


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/run breaking", description=__doc__)
    parser.add_argument("--seed", type=int, default=seed())
    what = parser.add_subparsers(dest="what", required=True)
    killed = what.add_parser("server", help="kills `stepwell dev --data` at random moments")
    killed.add_argument("--kills", type=int, default=300)
    killed.add_argument("--executions", type=int, default=900)
    stormy = what.add_parser("application", help="a storm over the deployed application in the emulator")
    stormy.add_argument("--executions", type=int, default=500)
    stormy.add_argument("--seconds", type=float, default=300, help="how long the storm lasts")
    stormy.add_argument("--long-waits", type=int, default=5, help="of the executions: a quarter of an hour")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    any_credentials()
    with tempfile.TemporaryDirectory(prefix="stepwell-breaking-") as folder:
        run = kill_server if arguments.what == "server" else storm
        account = run(arguments, Path(folder))
    return 1 if account.wrong else 0


def kill_server(arguments: argparse.Namespace, folder: Path) -> Account:
    killed = server.kill_again_and_again(folder, arguments.seed, arguments.kills, arguments.executions)
    print(killed.table(arguments.seed))
    return killed.account


def storm(arguments: argparse.Namespace, folder: Path) -> Account:
    with Deployment.from_environment() as deployment:
        assert deployment.emulated, "only an emulator can be broken"
        began = time.monotonic()
        wild = Storm(deployment, arguments.seed, loses=True)
        breaking = Breaking(deployment, folder, wild, arguments.executions, arguments.long_waits)
        breaking.begin(arguments.seconds)
        print(f"the storm is over after {time.monotonic() - began:.0f} seconds", flush=True)
        account = breaking.end(1200)
        print(breaking.table(account), flush=True)
        return account


if __name__ == "__main__":
    sys.exit(main())
