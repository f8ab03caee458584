"""One hub for all tests, each test with devices of its own."""

import contextlib
import itertools
import logging
import os
import queue
import signal

import pytest
from azure.iot.device import X509, IoTHubDeviceClient

from hubkit import Hub, device_connection_string
from hubkit.certificates import Authority
from hubkit.hub import WEBSOCKET_PORT, may_listen_for_websockets
from hubkit.line import Line

# Long enough for a loaded machine; a passing test never waits for it.
PATIENCE = 60
# Some of the SDK's calls wait for ever when an answer is missing.
TEST_DEADLINE = 90

# The SDK logs a stack trace for every refusal that a test provokes.
logging.getLogger("azure.iot.device").setLevel(logging.CRITICAL)
logging.getLogger("paho").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def within_the_deadline(seconds=TEST_DEADLINE):
    """Ends what hangs, its clean-up included."""

    def expire(_signal, _frame):
        signal.alarm(seconds)
        # No ordinary exception: the SDK would make an error of its own from it.
        pytest.fail(f"more than {seconds} seconds")

    previous = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


@pytest.fixture(autouse=True)
def deadline():
    """Ends a test that hangs."""
    with within_the_deadline():
        yield


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """The authority whose device certificates the hub takes."""
    return Authority(tmp_path_factory.mktemp("authority"), "plant")


@pytest.fixture(scope="session")
def _wiring(authority):
    has_websockets = may_listen_for_websockets()
    with contextlib.ExitStack() as clean_up:
        lines = [Line()] + ([Line(WEBSOCKET_PORT)] if has_websockets else [])
        for line in lines:
            clean_up.callback(line.close)
        hub = Hub.start(
            os.environ["TWINFLEET_BIN"],
            names=[line.address for line in lines],
            options=["--ca", str(authority.file)],
            https_port=WEBSOCKET_PORT if has_websockets else 0,
        )
        # The hub goes first.
        clean_up.callback(hub.stop)
        for line in lines:
            line.forward_to(hub.address)
        yield hub, lines


@pytest.fixture
def hub(_wiring):
    """The hub; a test that killed it has failed."""
    hub, _ = _wiring
    assert hub.process.poll() is None, hub.log()
    yield hub
    assert hub.process.poll() is None, hub.log()


@pytest.fixture
def line(_wiring):
    """A line to the hub that a test can cut."""
    return _wiring[1][0]


@pytest.fixture
def websocket_line(_wiring):
    """The same for WebSockets, on port 443, which not every user may have."""
    if len(_wiring[1]) == 1:
        pytest.skip(f"this user may not listen on port {WEBSOCKET_PORT}, the only one that the SDK knows for WebSockets")
    return _wiring[1][1]


class Device:
    """A client of the SDK with what happens to it in queues."""

    def __init__(self, device_id, client):
        self.id = device_id
        self.client = client
        self._patches = queue.Queue()
        self._states = queue.Queue()
        self._is_shut_down = False
        self.client.on_connection_state_change = lambda: self._states.put(self.client.connected)

    def shut_down(self):
        """Ends the client, once; the SDK refuses a second time."""
        if not self._is_shut_down:
            self._is_shut_down = True
            self.client.shutdown()

    def subscribe(self):
        """Asks for desired patches."""
        self.client.on_twin_desired_properties_patch_received = self._patches.put

    def unsubscribe(self):
        """Asks for no more desired patches."""
        self.client.on_twin_desired_properties_patch_received = None

    def next_patch(self):
        """The next desired patch."""
        return self._patches.get(timeout=PATIENCE)

    def wait_for_connection(self, is_connected):
        """Waits until the client says that it is connected, or not."""
        while self.client.connected is not is_connected:
            self._states.get(timeout=PATIENCE)


class Devices:
    """Makes devices that exist, some of them wrongly."""

    _numbers = itertools.count(1)

    def __init__(self, hub, test_name, clean_up):
        self._hub = hub
        self._test_name = test_name
        self._clean_up = clean_up

    def new_id(self):
        """An id that no other test uses."""
        return f"{self._test_name}-{next(self._numbers)}"[-128:]

    def client(self, device_id, key, line=None, authority=None, **options):
        """A client, not yet connected; through the line when one is given."""
        text = device_connection_string(self._hub.address, device_id, key, line and line.address)
        authority = authority or self._hub.certificate_authority
        return self._device(
            device_id,
            IoTHubDeviceClient.create_from_connection_string(text, server_verification_cert=authority, **options),
        )

    def client_with_certificate(self, device_id, certificate, line=None, **options):
        """A client with a certificate, not yet connected; through the line when one is given."""
        x509 = X509(str(certificate.file), str(certificate.key_file), certificate.passphrase)
        return self._device(
            device_id,
            IoTHubDeviceClient.create_from_x509_certificate(
                x509,
                self._hub.address,
                device_id,
                server_verification_cert=self._hub.certificate_authority,
                gateway_hostname=line and line.address,
                **options,
            ),
        )

    def _device(self, device_id, client):
        device = Device(device_id, client)
        self._clean_up.callback(device.shut_down)
        return device

    def new(self, **options):
        """Registers a device and makes its client, not yet connected."""
        device_id = self.new_id()
        return self.client(device_id, self._hub.service.create_device(device_id), **options)

    def connected(self, **options):
        """Registers a device and connects it."""
        device = self.new(**options)
        device.client.connect()
        return device


@pytest.fixture
def devices(hub, request):
    """Makes devices; their clients are shut down after the test."""
    with contextlib.ExitStack() as clean_up:
        yield Devices(hub, request.node.originalname.removeprefix("test_")[:60], clean_up)


@pytest.fixture
def eventually():
    """Asks the hub again and again until it says what is expected."""

    def ask(question, expected):
        # The test's deadline ends this; each question is a round trip, so this is no busy loop.
        while (answer := question()) != expected:
            pass
        return answer

    return ask
