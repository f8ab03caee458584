"""What the tests of metrics share."""

import os
import shutil

import pytest

from hubkit import Hub

from .scraping import Target


@pytest.fixture(scope="session", autouse=True)
def promtool():
    """Fails early, and with words, where promtool is missing."""
    assert shutil.which("promtool"), "promtool is missing; scripts/setup --test installs it with Debian's prometheus"


@pytest.fixture
def hub():
    """A hub that serves metrics; its numbers are of one test only."""
    hub = Hub.start(os.environ["TWINFLEET_BIN"], options=["--metrics", "0"])
    try:
        yield hub
        assert hub.process.poll() is None, hub.log()
    finally:
        hub.stop()


@pytest.fixture
def target(hub):
    """Where the hub's metrics are."""
    return Target(hub.metrics)
