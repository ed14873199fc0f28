"""Fixtures. `installation` is every flavour in turn: most tests hold for all of them."""

import os
from collections.abc import Iterator

import pytest

from deployment import Deaths, Deployment
from installations import Dev, Installation
from losses import Losses

# Both the emulator and `stepwell dev` take any signature.
if not os.environ.get("STEPWELL_ENDPOINT"):
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("late") is not None)


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One server in memory for all tests that need nothing of their own."""
    server = Dev(tmp_path_factory.mktemp("dev") / "log")
    yield server.start()
    assert server.stop() == 0


@pytest.fixture(scope="session")
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The deployed application, in the emulator unless STEPWELL_ENDPOINT names another."""
    with Deployment.from_environment() as deployment:
        if deployment.emulated and any(item.get_closest_marker("late") for item in request.session.items):
            # First these, who purge the queues.
            deployment.losses = Losses.begin(deployment)
            deployment.deaths = Deaths.begin(deployment, tmp_path_factory.mktemp("deaths"))
        yield deployment


@pytest.fixture(scope="session", params=["dev", "deployed"])
def installation(request: pytest.FixtureRequest) -> Installation:
    if request.param == "dev":
        return request.getfixturevalue("dev")
    return request.getfixturevalue("deployment").installation
