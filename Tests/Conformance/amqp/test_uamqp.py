"""uamqp, which is the C SDK's AMQP library with Python on top: its opening (MSSBCBS) and its `$cbs` are the C SDK's.

The twin links are attached as the C SDK's `iothubtransport_amqp_twin_messenger.c` does.
"""

import contextlib
import datetime
import json
import platform
import uuid

import pytest

if platform.machine() != "x86_64":
    pytest.skip("uamqp does not come for this machine", allow_module_level=True)

import uamqp
from azure.iot.hub import IoTHubRegistryManager
from uamqp import authentication, constants, errors, types

from hubkit import shared_access_signature

from .dialects import API_VERSION, DESIRED, REPORTED


class Device:
    """A device of the C SDK."""

    def __init__(self, hub, device_id, token, clean_up, **options):
        resource = f"{hub.address}/devices/{device_id}"
        auth = authentication.SASTokenAuth(
            resource,
            f"amqps://{resource}",
            token,
            expires_in=datetime.timedelta(hours=1),
            verify=hub.certificate_authority_file,
            **options,
        )
        auth.update_token = lambda: None
        self._connection = uamqp.Connection(hub.address, auth, max_frame_size=65536)
        clean_up.callback(self._connection.destroy)
        auth.create_authenticator(self._connection)
        clean_up.callback(auth.close_authenticator)
        is_under_way = True
        while is_under_way:
            self._connection.work()
            _, is_under_way = auth.handle_token()
        self._messages = []
        # One session for everything, as the C SDK has it.
        session = auth._session
        address = f"amqps://{hub.address}/devices/{device_id}/twin"
        properties = {
            types.AMQPSymbol(key): value
            for key, value in {
                "com.microsoft:client-version": "iothubclient/1.15.0",
                "com.microsoft:channel-correlation-id": f"twin:{uuid.uuid4()}",
                "com.microsoft:api-version": API_VERSION,
            }.items()
        }
        settle = {
            "receive_settle_mode": constants.ReceiverSettleMode.ReceiveAndDelete,
            "properties": properties,
        }
        name = f"link-snd-{device_id}-{uuid.uuid4()}"
        self._sender = uamqp.sender.MessageSender(
            session, f"{name}-source", uamqp.address.Target(address), name=name, **settle
        )
        clean_up.callback(self._sender.destroy)
        name = f"link-rcv-{device_id}-{uuid.uuid4()}"
        self._receiver = uamqp.receiver.MessageReceiver(
            session,
            uamqp.address.Source(address),
            f"{name}-target",
            self._messages.append,
            name=name,
            prefetch=10_000,
            **settle,
        )
        clean_up.callback(self._receiver.destroy)
        self._sender.open()
        self._receiver.open()

    def ask(self, operation, resource=None, body=b" "):
        """Sends a request; its answer, with the status."""
        correlation_id = str(uuid.uuid4())
        annotations = {types.AMQPSymbol("operation"): operation}
        if resource is not None:
            annotations[types.AMQPSymbol("resource")] = resource
        if operation == "PATCH":
            annotations[types.AMQPSymbol("version")] = None
        request = uamqp.Message(
            body,
            properties=uamqp.message.MessageProperties(correlation_id=correlation_id),
            annotations=annotations,
        )
        outcomes = []
        while self._sender.get_state() != constants.MessageSenderState.Open:
            self._connection.work()
        self._sender.send(request, lambda _message, result, delivery_state: outcomes.append(result))
        while not outcomes:
            self._connection.work()
        assert constants.MessageSendResult(outcomes[0]) == constants.MessageSendResult.Ok
        answer = self.next()
        assert answer.properties.correlation_id == correlation_id.encode()
        return answer.annotations[b"status"], answer

    def next(self):
        """The next message."""
        while not self._messages:
            self._connection.work()
        return self._messages.pop(0)


@pytest.fixture(params=[uamqp.TransportType.Amqp, uamqp.TransportType.AmqpOverWebsocket], ids=["tcp", "websocket"])
def connect(hub, request):
    """Makes devices of the C SDK, over TCP and over WebSockets."""
    options = {"transport_type": request.param}
    if request.param is uamqp.TransportType.AmqpOverWebsocket:
        options["port"] = hub.https_port
    with contextlib.ExitStack() as clean_up:
        yield lambda device_id, token: Device(hub, device_id, token, clean_up, **options)


def body(message):
    """The JSON of a message's data section."""
    return json.loads(b"".join(message.get_data()))


def test_a_device_gets_its_twin_reports_and_is_told(hub, devices, connect):
    device_id = devices.new_id()
    token = shared_access_signature(f"{hub.address}/devices/{device_id}", hub.service.create_device(device_id))
    device = connect(device_id, token)
    status, answer = device.ask("GET")
    assert (status, body(answer)) == (200, {"desired": {"$version": 1}, "reported": {"$version": 1}})
    assert device.ask("PUT", DESIRED)[0] == 200
    hub.service.patch_desired(device_id, {"fan": {"rpm": 900}})
    change = device.next()
    assert change.properties is None or change.properties.correlation_id is None
    assert change.annotations[b"version"] == 2
    assert body(change) == {"fan": {"rpm": 900}, "$version": 2}
    status, answer = device.ask("PATCH", REPORTED, b'{"fan": {"rpm": 880}}')
    assert (status, answer.annotations[b"version"]) == (204, 2)
    status, answer = device.ask("PATCH", REPORTED, b"[]")
    assert (status, body(answer)["errorCode"] // 1000) == (400, 400)
    assert hub.service.twin(device_id)["properties"]["reported"]["fan"] == {"rpm": 880}


@pytest.mark.parametrize("is_for_other", [False, True])
def test_a_wrong_token_and_one_of_another_device_are_refused(hub, devices, connect, is_for_other):
    device_id, other_id = devices.new_id(), devices.new_id()
    hub.service.create_device(device_id)
    other_key = hub.service.create_device(other_id)
    resource = f"{hub.address}/devices/{other_id if is_for_other else device_id}"
    # uamqp loses the hub's text on its way.
    with pytest.raises(errors.AuthenticationException):
        connect(device_id, shared_access_signature(resource, other_key))


def test_messages_to_devices_are_refused_cleanly(hub, devices, monkeypatch):
    # The service SDK trusts certifi's authorities only.
    monkeypatch.setattr("certifi.where", lambda: hub.certificate_authority_file)
    host = hub.connection_string.split("HostName=")[1].split(";")[0]
    manager = IoTHubRegistryManager.from_connection_string(hub.connection_string.replace(host, hub.address))
    device_id = devices.new_id()
    hub.service.create_device(device_id)
    with pytest.raises(Exception, match="messages to devices"):
        manager.send_c2d_message(device_id, "hello")
