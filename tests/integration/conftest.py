"""Fixtures. `installation` is every flavour in turn: most tests hold for all of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from deployment import Deployment
from installations import Dev, Installation

# Both the emulator and `stepwell dev` take any signature.
if not os.environ.get("STEPWELL_ENDPOINT"):
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        os.environ.pop(name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="also run the tests that wait for minutes")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slow"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="waits for minutes: --slow"))


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One server in memory for all tests that need nothing of their own."""
    server = Dev(tmp_path_factory.mktemp("dev") / "log")
    yield server.start()
    assert server.stop() == 0


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """The deployed application, in the emulator unless STEPWELL_ENDPOINT names another."""
    with Deployment.from_environment() as deployment:
        yield deployment


@pytest.fixture(scope="session", params=["dev", "deployed"])
def installation(request: pytest.FixtureRequest) -> Installation:
    if request.param == "dev":
        return request.getfixturevalue("dev")
    return request.getfixturevalue("deployment").installation


@pytest.fixture
def calls(tmp_path: Path, installation: Installation) -> Path:
    """A file that `probe` counts its calls in."""
    if not installation.functions_are_here:
        pytest.skip("functions elsewhere cannot count in a file here")
    return tmp_path / "calls"
