"""A hub with a data folder, stopped and started again."""

import contextlib
import tempfile

import pytest
from azure.iot.hub.models import ExportImportDevice, QuerySpecification, Twin, TwinProperties
from conftest import Devices

from .conftest import trusting
from .refusal import refused

THUMBPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


@pytest.fixture
def folder():
    """A data folder; pytest's own kind would stay behind."""
    with tempfile.TemporaryDirectory() as path:
        yield path


def key_of(connection_string):
    return connection_string.split("SharedAccessKey=")[1]


def members(entity):
    """All of an identity or a twin; when its device was last there is no write, and not kept to the last moment."""
    fleeting = ("connection_state_updated_time", "last_activity_time")
    return {name: value for name, value in entity.as_dict().items() if name not in fleeting}


def everything(registry):
    """All that a back end sees of all devices."""
    devices = {device.device_id: members(device) for device in registry.get_devices()}
    twins = registry.query_iot_hub(QuerySpecification(query="SELECT * FROM devices")).items
    assert {twin.device_id for twin in twins} == devices.keys()
    return devices, {twin.device_id: members(twin) for twin in twins}


def fill(registry, hub):
    """Makes devices of every kind, and changes, and removals; returns the key of one."""
    edge = registry.create_device_with_sas("edge", None, None, "enabled", iot_edge=True)
    registry.create_device_with_x509("press", THUMBPRINT, THUMBPRINT, "enabled", device_scope=edge.device_scope)
    registry.create_device_with_certificate_authority("mill", "disabled", status_reason="Wartung; später mehr")
    key = registry.create_device_with_sas("line", None, None, "enabled").authentication.symmetric_key.primary_key
    registry.create_device_with_sas("gone", None, None, "enabled")
    registry.update_twin("gone", Twin(tags={"a": 1}))
    registry.delete_device("gone")
    for number in range(3):
        desired = {"n": number, "nested": {"list": [1, {"two": 2.5}], f"old{number - 1}": None, f"old{number}": True}}
        registry.update_twin("line", Twin(tags={"plant": "Redmond43"}, properties=TwinProperties(desired=desired)))
    registry.replace_twin("press", Twin(tags={"only": "this"}))
    bulk = [ExportImportDevice(id=f"many-{n}", import_mode="create", tags={"n": n}) for n in range(50)]
    assert registry.bulk_create_or_update_devices(bulk).is_successful
    with contextlib.ExitStack() as clean_up:
        device = Devices(hub, "kept", clean_up).client("line", key)
        device.client.connect()
        device.client.patch_twin_reported_properties({"connectivity": {"type": "cellular"}, "seen": 1})
        device.client.patch_twin_reported_properties({"seen": None})
    return key


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_hub_that_was_ended_comes_again_with_everything(folder, start_hub, eventually, end):
    hub = start_hub(data=folder)
    with trusting(hub) as back:
        registry = back.manager()
        key = fill(registry, hub)
        eventually(lambda: registry.get_twin("line").connection_state, "Disconnected")
        before = everything(registry)
    assert len(before[0]) == 54
    getattr(hub, end)()

    again = start_hub(data=folder)
    assert again.certificate_authority == hub.certificate_authority
    for policy, connection_string in hub.connection_strings.items():
        assert key_of(again.connection_strings[policy]) == key_of(connection_string)
    with trusting(again) as back, contextlib.ExitStack() as clean_up:
        registry = back.manager()
        assert everything(registry) == before
        with refused(404, "DeviceNotFound"):
            registry.get_twin("gone")

        # ETags and versions go on where they were.
        devices, twins = before
        with refused(412, "PreconditionFailed"):
            registry.update_twin("line", Twin(tags={"b": 2}), "AAAAAAAAAAI=")
        desired = TwinProperties(desired={"n": 4})
        twin = registry.update_twin("line", Twin(properties=desired), twins["line"]["etag"])
        assert twin.properties.desired["$version"] == twins["line"]["properties"]["desired"]["$version"] + 1
        assert registry.update_device_with_certificate_authority("mill", devices["mill"]["etag"], "enabled").etag

        # So does the device.
        device = Devices(again, "kept", clean_up).client("line", key)
        device.client.connect()
        twin = device.client.get_twin()
        assert twin["desired"]["n"] == 4
        assert twin["reported"] == {"connectivity": {"type": "cellular"}, "$version": 3}


def test_what_a_device_reported_right_before_the_hub_was_killed_is_there(folder, start_hub):
    hub = start_hub(data=folder)
    with trusting(hub) as back, contextlib.ExitStack() as clean_up:
        device = back.manager().create_device_with_sas("dev1", None, None, "enabled")
        key = device.authentication.symmetric_key.primary_key
        device = Devices(hub, "killed", clean_up).client("dev1", key, connection_retry=False)
        device.client.connect()
        for number in range(20):
            device.client.patch_twin_reported_properties({"n": number})
        hub.kill()
        device.wait_for_connection(False)
    with trusting(start_hub(data=folder)) as back:
        twin = back.manager().get_twin("dev1")
        assert (twin.properties.reported["n"], twin.properties.reported["$version"]) == (19, 21)
        assert twin.connection_state == "Disconnected"


def test_without_a_folder_nothing_is_kept(start_hub):
    hub = start_hub()
    with trusting(hub) as back:
        back.manager().create_device_with_sas("dev1", None, None, "enabled")
    hub.stop()
    with trusting(start_hub()) as back, refused(404, "DeviceNotFound"):
        back.manager().get_device("dev1")
