"""The short form of `tests/run breaking application`; that of the server is in `test_dev_server.py`."""

import pytest

from deployment import Deployment


@pytest.mark.late("breaking")
def test_a_storm_over_the_deployed_application_loses_nothing_and_runs_nothing_twice(deployment: Deployment) -> None:
    breaking = deployment.breaking
    if breaking is None:
        pytest.skip("cannot break what is elsewhere")
    print("seed", breaking.storm.seed)
    # Mostly two minutes after the storm. What an API function died with after its record waits for the sweep.
    account = breaking.end(600)
    print(breaking.table(account))
    account.must_be_right()
