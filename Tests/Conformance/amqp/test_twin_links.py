"""Twins over AMQP as the SDKs for .NET, Java and Node ask for them."""

import json

import pytest
from proton import ulong
from proton.utils import LinkDetached

from hubkit import shared_access_signature

from .dialects import DESIRED, REPORTED, DotNet, Java, Node

pytestmark = pytest.mark.parametrize("dialect", [DotNet, Java, Node])


def body(message):
    """The JSON of a message's data section."""
    return json.loads(bytes(message.body))


def test_a_device_gets_its_twin_reports_and_is_told(hub, devices, connections, dialect):
    device_id = devices.new_id()
    twin = connections(dialect).device(device_id, hub.service.create_device(device_id))
    status, answer = twin.ask("GET")
    assert (status, body(answer)) == (200, {"desired": {"$version": 1}, "reported": {"$version": 1}})
    status, answer = twin.ask("PATCH", REPORTED, b'{"fan": {"rpm": 880}}')
    assert (status, answer.annotations["version"]) == (204, 2)
    assert type(answer.annotations["version"]) is int
    assert twin.ask("PUT", DESIRED)[0] == 200
    for number in range(20):
        hub.service.patch_desired(device_id, {"n": number, "gone": None})
    for number in range(20):
        change = twin.next()
        assert change.correlation_id is None
        assert change.annotations["resource"] == "/properties/desired"
        assert change.annotations["version"] == number + 2
        assert body(change) == {"n": number, "gone": None, "$version": number + 2}
    assert twin.ask("DELETE", DESIRED)[0] == 200
    hub.service.patch_desired(device_id, {"n": 20})
    # Had the change been sent to the device, it would have come before this answer.
    assert body(twin.ask("GET")[1]) == {
        "desired": {"n": 20, "$version": 22},
        "reported": {"fan": {"rpm": 880}, "$version": 2},
    }
    assert hub.service.twin(device_id)["properties"]["reported"]["fan"]["rpm"] == 880


def test_what_is_wrong_is_answered_with_its_status(hub, devices, connections, dialect):
    device_id = devices.new_id()
    twin = connections(dialect).device(device_id, hub.service.create_device(device_id))
    big = json.dumps({f"part{number}": "x" * 4000 for number in range(9)}).encode()
    for operation, resource, patch, version, expected in [
        ("PATCH", REPORTED, b"{", None, 400),
        ("PATCH", REPORTED, b'{"$secret": 1}', None, 400),
        ("PATCH", "/elsewhere", b"{}", None, 400),
        ("POST", None, None, None, 400),
        ("PATCH", REPORTED, b"{}", ulong(9), 412),
        ("PATCH", REPORTED, big, None, 413),
    ]:
        status, answer = twin.ask(operation, resource, patch, version)
        assert status == expected
        assert body(answer)["errorCode"] // 1000 == expected
    assert twin.ask("PATCH", REPORTED, b'{"fine": 1}')[0] == 204


def test_a_wrong_token_is_refused(hub, devices, connections, dialect):
    device_id, other_id = devices.new_id(), devices.new_id()
    key, other_key = hub.service.create_device(device_id), hub.service.create_device(other_id)
    connection = connections(dialect)
    resource = f"{hub.address}/devices/{device_id}"
    for token in [
        shared_access_signature(resource, other_key),
        shared_access_signature(f"{hub.address}/devices/{other_id}", other_key),
        shared_access_signature(resource, key, lifetime=-3600),
        "no token at all",
    ]:
        status, description = connection.put_token(device_id, token)
        assert status == 401
        assert description
    with pytest.raises(LinkDetached) as raised:
        connection.twin(device_id)
    assert raised.value.condition == "amqp:unauthorized-access"


def test_a_token_of_one_device_opens_no_other_device(hub, devices, connections, dialect):
    device_id, other_id = devices.new_id(), devices.new_id()
    key = hub.service.create_device(device_id)
    hub.service.create_device(other_id)
    connection = connections(dialect)
    twin = connection.device(device_id, key)
    with pytest.raises(LinkDetached) as raised:
        connection.twin(other_id)
    assert raised.value.condition == "amqp:unauthorized-access"
    # The neighbour on the connection is none the worse for it.
    assert twin.ask("GET")[0] == 200


def test_devices_share_a_connection_and_one_that_goes_does_not_disturb_the_others(hub, devices, connections, dialect):
    ids = [devices.new_id() for _ in range(3)]
    connection = connections(dialect)
    twins = {device_id: connection.device(device_id, hub.service.create_device(device_id)) for device_id in ids}
    for device_id, twin in twins.items():
        assert twin.ask("PATCH", REPORTED, json.dumps({"me": device_id}).encode())[0] == 204
    hub.service.remove_device(ids[0])
    # Both of its links, and nothing else.
    for _ in range(2):
        with pytest.raises(LinkDetached) as raised:
            twins[ids[0]].next()
        assert raised.value.condition == "amqp:not-found"
    for device_id in ids[1:]:
        assert body(twins[device_id].ask("GET")[1])["reported"]["me"] == device_id


def test_a_newer_connection_takes_a_device_over(hub, devices, connections, dialect):
    device_id = devices.new_id()
    key = hub.service.create_device(device_id)
    older = connections(dialect).device(device_id, key)
    newer = connections(dialect).device(device_id, key)
    with pytest.raises(LinkDetached) as raised:
        older.next()
    assert raised.value.condition == "amqp:link:stolen"
    assert newer.ask("GET")[0] == 200


def test_a_disabled_device_is_not_found(hub, devices, connections, dialect):
    device_id = devices.new_id()
    key = hub.service.create_device(device_id, status="disabled")
    with pytest.raises(LinkDetached) as raised:
        connections(dialect).device(device_id, key)
    assert raised.value.condition == "amqp:not-found"
