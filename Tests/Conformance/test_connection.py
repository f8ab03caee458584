"""Who gets in, and what happens to a connection."""

from concurrent.futures import ThreadPoolExecutor

import certifi
import pytest
from azure.iot.device import exceptions


def test_a_device_connects_with_its_key(hub, devices):
    device = devices.connected()
    assert device.client.connected
    assert hub.service.device(device.id)["connectionState"] == "Connected"


def test_the_secondary_key_is_as_good_as_the_primary(hub, devices):
    device_id = devices.new_id()
    hub.service.create_device(device_id)
    secondary = hub.service.device(device_id)["authentication"]["symmetricKey"]["secondaryKey"]
    device = devices.client(device_id, secondary)
    device.client.connect()
    assert device.client.connected


def test_a_wrong_key_is_refused_as_a_credential_error(hub, devices):
    device_id = devices.new_id()
    hub.service.create_device(device_id)
    device = devices.client(device_id, "d3Jvbmcga2V5IG9mIGEgZGV2aWNl", connection_retry=False)
    with pytest.raises(exceptions.CredentialError):
        device.client.connect()
    assert hub.service.device(device_id)["connectionState"] == "Disconnected"


def test_the_key_of_another_device_is_refused(hub, devices):
    first, second = devices.new_id(), devices.new_id()
    key = hub.service.create_device(first)
    hub.service.create_device(second)
    with pytest.raises(exceptions.CredentialError):
        devices.client(second, key, connection_retry=False).client.connect()


def test_an_unknown_device_is_refused_as_a_credential_error(devices):
    device = devices.client(devices.new_id(), "bm9ib2R5IGhhcyB0aGlzIGtleQ==", connection_retry=False)
    with pytest.raises(exceptions.CredentialError):
        device.client.connect()


def test_a_disabled_device_is_refused_as_unavailable(hub, devices):
    device_id = devices.new_id()
    key = hub.service.create_device(device_id, status="disabled")
    device = devices.client(device_id, key, connection_retry=False)
    with pytest.raises(exceptions.ConnectionFailedError):
        device.client.connect()


def test_a_removed_device_is_disconnected_and_stays_out(hub, devices):
    device = devices.connected(connection_retry=False)
    hub.service.remove_device(device.id)
    device.wait_for_connection(False)
    with pytest.raises(exceptions.CredentialError):
        device.client.connect()


def test_a_client_that_does_not_trust_the_hubs_authority_refuses_the_hub(hub, devices):
    device_id = devices.new_id()
    key = hub.service.create_device(device_id)
    with open(certifi.where(), encoding="utf-8") as file:
        public_authorities = file.read()
    device = devices.client(device_id, key, authority=public_authorities, connection_retry=False)
    with pytest.raises(exceptions.ClientError, match="TLS"):
        device.client.connect()


def test_a_second_client_takes_over(hub, devices):
    device_id = devices.new_id()
    key = hub.service.create_device(device_id)
    first = devices.client(device_id, key, connection_retry=False)
    first.client.connect()
    first.subscribe()
    second = devices.client(device_id, key, connection_retry=False)
    second.client.connect()
    second.subscribe()

    first.wait_for_connection(False)
    assert second.client.connected
    assert hub.service.device(device_id)["connectionState"] == "Connected"
    hub.service.patch_desired(device_id, {"for": "the second"})
    assert second.next_patch()["for"] == "the second"


def test_shutting_down_leaves_the_device_disconnected(hub, devices, eventually):
    device = devices.connected()
    device.shut_down()
    eventually(lambda: hub.service.device(device.id)["connectionState"], "Disconnected")


def test_telemetry_is_accepted(devices):
    device = devices.connected()
    device.client.send_message('{"temperature": 21.5}')
    assert device.client.connected


def test_twenty_devices_at_once(hub, devices):
    fleet = [devices.new() for _ in range(20)]

    def work(device):
        device.client.connect()
        device.subscribe()
        hub.service.patch_desired(device.id, {"name": device.id})
        patch = device.next_patch()
        device.client.patch_twin_reported_properties({"name": patch["name"]})

    with ThreadPoolExecutor(len(fleet)) as pool:
        list(pool.map(work, fleet))
    for device in fleet:
        assert hub.service.twin(device.id)["properties"]["reported"]["name"] == device.id
