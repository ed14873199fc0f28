"""Fixtures. `installation` is every flavour in turn: most tests hold for all of them."""

from collections.abc import Iterator

import pytest

from breaking.application import Breaking
from deployment import Deaths, Deployment
from installations import Dev, Installation, any_credentials
from losses import Losses

any_credentials()


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
        late = [item.get_closest_marker("late") for item in request.session.items]
        begun = {marker.args[0] for marker in late if marker and marker.args} if deployment.emulated else set()
        if "losses" in begun:
            # First these, who purge the queues.
            deployment.losses = Losses.begin(deployment)
        if "deaths" in begun:
            deployment.deaths = Deaths.begin(deployment, tmp_path_factory.mktemp("deaths"))
        if "breaking" in begun:
            deployment.breaking = Breaking.short(deployment, tmp_path_factory.mktemp("breaking"))
        yield deployment


@pytest.fixture(scope="session", params=["dev", "deployed"])
def installation(request: pytest.FixtureRequest) -> Installation:
    if request.param == "dev":
        return request.getfixturevalue("dev")
    return request.getfixturevalue("deployment").installation
