"""azure-iot-device over WebSockets: what differs from TCP is the way, so what a device does most is tried over it."""

import pytest
from azure.iot.device import exceptions


@pytest.fixture
def connected(devices, websocket_line):
    """Connects new devices over WebSockets, through a line that a test can cut."""

    def connect(**options):
        return devices.connected(line=websocket_line, websockets=True, **options)

    return connect


def test_a_device_gets_its_twin_reports_and_is_told(hub, connected, websocket_line):
    already_accepted = websocket_line.accepted
    device = connected()
    # It came by the line, so it came over port 443.
    assert websocket_line.accepted == already_accepted + 1
    assert device.client.get_twin() == {"desired": {"$version": 1}, "reported": {"$version": 1}}
    device.subscribe()
    large = {f"part{number}": "x" * 4000 for number in range(7)}
    hub.service.patch_desired(device.id, large)
    assert device.next_patch() == {**large, "$version": 2}
    device.client.patch_twin_reported_properties({"fan": {"rpm": 880}})
    assert device.client.get_twin()["reported"] == {"fan": {"rpm": 880}, "$version": 2}
    assert hub.service.twin(device.id)["properties"]["reported"]["fan"] == {"rpm": 880}


def test_patches_arrive_in_order(hub, connected):
    device = connected()
    device.subscribe()
    for number in range(50):
        hub.service.patch_desired(device.id, {"n": number})
    for number in range(50):
        assert device.next_patch() == {"n": number, "$version": number + 2}


def test_a_wrong_key_is_refused_as_a_credential_error(hub, devices, websocket_line):
    device_id = devices.new_id()
    hub.service.create_device(device_id)
    device = devices.client(
        device_id, "d3Jvbmcga2V5IG9mIGEgZGV2aWNl", line=websocket_line, websockets=True, connection_retry=False
    )
    with pytest.raises(exceptions.CredentialError):
        device.client.connect()
    assert hub.service.device(device_id)["connectionState"] == "Disconnected"


def test_a_change_made_during_a_cut_arrives_after_it_once(hub, connected, websocket_line):
    device = connected(connection_retry_interval=1)
    device.subscribe()
    hub.service.patch_desired(device.id, {"n": 1, "kept": True})
    assert device.next_patch() == {"n": 1, "kept": True, "$version": 2}
    with websocket_line.cut():
        device.wait_for_connection(False)
        # Over 443 there is the service, too, which does not go through the line.
        hub.service.patch_desired(device.id, {"n": 2})
    assert device.next_patch() == {"n": 2, "kept": True, "$version": 3}
    hub.service.patch_desired(device.id, {"n": 3})
    assert device.next_patch() == {"n": 3, "$version": 4}


def test_a_client_over_tcp_takes_over_from_one_over_a_websocket(hub, devices, websocket_line):
    device_id = devices.new_id()
    key = hub.service.create_device(device_id)
    first = devices.client(device_id, key, line=websocket_line, websockets=True, connection_retry=False)
    first.client.connect()
    second = devices.client(device_id, key, connection_retry=False)
    second.client.connect()
    first.wait_for_connection(False)
    assert second.client.connected
