"""What the tests of the service SDK share."""

import contextlib
import os
import platform

import pytest

from hubkit import Hub

# See requirements.txt.
HAS_SERVICE_SDK = platform.machine() == "x86_64"

if HAS_SERVICE_SDK:
    from azure.iot.hub import IoTHubRegistryManager
else:
    collect_ignore_glob = ["test_*.py"]


def pytest_terminal_summary(terminalreporter):
    """Says what did not run."""
    if not HAS_SERVICE_SDK:
        terminalreporter.write_line(f"no tests of the service SDK: uamqp does not come for {platform.machine()}")


class Back:
    """Back ends of one hub, by the SDK."""

    def __init__(self, hub):
        self.hub = hub
        self._managers = []

    def manager(self, connection_string=None):
        """A registry manager; with the rights of the owner when no connection string is given."""
        manager = IoTHubRegistryManager.from_connection_string(connection_string or self.hub.connection_string)
        self._managers.append(manager)
        return manager

    def close(self):
        """Closes the connections that the SDK keeps."""
        for manager in self._managers:
            manager.protocol.close()


@contextlib.contextmanager
def trusting(hub):
    """Gives the hub's authority to the SDK; the environment is the only way in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", hub.certificate_authority_file)
        with contextlib.closing(Back(hub)) as back:
            yield back


@pytest.fixture
def back(hub):
    """Back ends of the hub that all tests share."""
    with trusting(hub) as back:
        yield back


@pytest.fixture
def registry(back):
    """A registry manager with the rights of the owner."""
    return back.manager()


@pytest.fixture
def start_hub():
    """Starts a hub for one test, with the options of `Hub.start`; it is ended after the test if it still runs."""
    with contextlib.ExitStack() as clean_up:

        def start(**options):
            hub = Hub.start(os.environ["TWINFLEET_BIN"], **options)
            clean_up.callback(lambda: hub.process.poll() is None and hub.stop())
            return hub

        yield start


@pytest.fixture(scope="module")
def own_hub():
    """A hub for the tests of one module, with nothing in it."""
    hub = Hub.start(os.environ["TWINFLEET_BIN"])
    try:
        with trusting(hub) as back:
            yield back
    finally:
        hub.stop()
