"""Many operations in one request."""

import pytest
from azure.iot.hub.models import (
    AuthenticationMechanism,
    DeviceCapabilities,
    ExportImportDevice,
    PropertyContainer,
    SymmetricKey,
    Twin,
    X509Thumbprint,
)

from .refusal import refused

KEY = "AAECAwQFBgcICQoLDA0ODw=="
THUMBPRINT = "0123456789ABCDEF0123456789ABCDEF01234567"


def item(device_id, mode=None, **members):
    """One operation."""
    return ExportImportDevice(id=device_id, import_mode=mode, **members)


def errors(result):
    """What failed: for each device the code and the operation."""
    assert result.is_successful is False
    assert all(error.error_status for error in result.errors)
    return {error.device_id: (error.error_code, error.operation) for error in result.errors}


def succeeded(result):
    """Whether nothing failed."""
    return result.is_successful is True and not result.errors and not result.warnings


def ids(devices, count):
    return [devices.new_id() for _ in range(count)]


def test_devices_of_every_kind_are_created_with_their_twins(registry, devices):
    with_keys, with_thumbprint, with_authority, plain = ids(devices, 4)
    edge = registry.create_device_with_sas(devices.new_id(), None, None, "enabled", iot_edge=True)
    result = registry.bulk_create_or_update_devices(
        [
            item(
                with_keys,
                "create",
                status="disabled",
                status_reason="new",
                authentication=AuthenticationMechanism(
                    type="sas", symmetric_key=SymmetricKey(primary_key=KEY, secondary_key=KEY)
                ),
                tags={"plant": "Redmond43"},
                properties=PropertyContainer(desired={"speed": {"type": "5G"}}),
            ),
            item(
                with_thumbprint,
                "create",
                status="enabled",
                authentication=AuthenticationMechanism(
                    type="selfSigned", x509_thumbprint=X509Thumbprint(primary_thumbprint=THUMBPRINT)
                ),
                capabilities=DeviceCapabilities(iot_edge=True),
            ),
            item(
                with_authority,
                "create",
                status="enabled",
                authentication=AuthenticationMechanism(type="certificateAuthority"),
                parent_scopes=[edge.device_scope],
            ),
            item(plain),
        ]
    )
    assert succeeded(result)
    device = registry.get_device(with_keys)
    assert (device.status, device.status_reason) == ("disabled", "new")
    assert device.authentication.symmetric_key.as_dict() == {"primary_key": KEY, "secondary_key": KEY}
    twin = registry.get_twin(with_keys)
    assert twin.tags == {"plant": "Redmond43"}
    assert (twin.properties.desired["speed"], twin.properties.desired["$version"]) == ({"type": "5G"}, 2)
    device = registry.get_device(with_thumbprint)
    assert device.authentication.x509_thumbprint.primary_thumbprint == THUMBPRINT
    assert device.capabilities.iot_edge is True and device.device_scope
    device = registry.get_device(with_authority)
    assert device.authentication.type == "certificateAuthority"
    assert device.parent_scopes == [edge.device_scope]
    assert registry.get_device(plain).authentication.symmetric_key.primary_key


def test_devices_are_updated_and_deleted_with_and_without_etags(registry, devices):
    forced, matched, dropped, dropped_matched = all_ids = ids(devices, 4)
    assert succeeded(registry.bulk_create_or_update_devices([item(device_id, "create") for device_id in all_ids]))
    etag = {device_id: registry.get_device(device_id).etag for device_id in all_ids}
    assert succeeded(
        registry.bulk_create_or_update_devices(
            [
                item(forced, "update", status="disabled"),
                item(matched, "updateIfMatchETag", status="disabled", e_tag=etag[matched]),
                item(dropped, "delete"),
                item(dropped_matched, "deleteIfMatchETag", e_tag=etag[dropped_matched]),
            ]
        )
    )
    assert [registry.get_device(device_id).status for device_id in (forced, matched)] == ["disabled", "disabled"]
    for device_id in (dropped, dropped_matched):
        with refused(404, "DeviceNotFound"):
            registry.get_device(device_id)


@pytest.mark.parametrize("mode", ["update", "createOrUpdate", None])
def test_an_update_of_tags_only_leaves_the_identity_as_it_is(registry, devices, mode):
    device_id = devices.new_id()
    registry.create_device_with_x509(device_id, THUMBPRINT, THUMBPRINT, "disabled", status_reason="lost")
    assert succeeded(registry.bulk_create_or_update_devices([item(device_id, mode, tags={"plant": "Redmond43"})]))
    device = registry.get_device(device_id)
    assert (device.status, device.status_reason) == ("disabled", "lost")
    assert device.authentication.type == "selfSigned"
    assert device.authentication.x509_thumbprint.primary_thumbprint == THUMBPRINT
    assert registry.get_twin(device_id).tags == {"plant": "Redmond43"}


def test_what_fails_is_named_and_the_rest_is_done(registry, devices):
    there, changed, missing, new = ids(devices, 4)
    assert succeeded(registry.bulk_create_or_update_devices([item(there, "create"), item(changed, "create")]))
    result = registry.bulk_create_or_update_devices(
        [
            item(there, "create"),
            item(changed, "updateIfMatchETag", status="disabled", e_tag="AAAA"),
            item(missing, "delete"),
            item(new, "create", tags={"made": True}),
            item("not an id", "create"),
        ]
    )
    assert errors(result) == {
        there: ("DeviceAlreadyExists", "create"),
        changed: ("PreconditionFailed", "updateIfMatchETag"),
        missing: ("DeviceNotFound", "delete"),
        "not an id": ("ArgumentInvalid", "create"),
    }
    assert registry.get_device(changed).status == "enabled"
    assert registry.get_twin(new).tags == {"made": True}


def test_twins_are_patched_with_and_without_etags(registry, devices):
    forced, matched, stale, broken = all_ids = ids(devices, 4)
    assert succeeded(registry.bulk_create_or_update_devices([item(device_id, "create") for device_id in all_ids]))
    old = registry.get_twin(stale).etag
    registry.update_twin(stale, Twin(tags={"newer": 1}))
    desired = PropertyContainer(desired={"n": 1, "never": None})
    result = registry.bulk_create_or_update_devices(
        [
            item(forced, "updateTwin", tags={"a": 1}, properties=desired, twin_etag="AAAA"),
            item(matched, "updateTwinIfMatchETag", properties=desired, twin_etag=registry.get_twin(matched).etag),
            item(stale, "updateTwinIfMatchETag", properties=desired, twin_etag=old),
            item(broken, "updateTwin", properties=PropertyContainer(desired={"list": [None]})),
        ]
    )
    assert errors(result) == {
        stale: ("PreconditionFailed", "updateTwinIfMatchETag"),
        broken: ("ArgumentInvalid", "updateTwin"),
    }
    twins = {device_id: registry.get_twin(device_id) for device_id in all_ids}
    assert [twins[name].properties.desired.get("n") for name in all_ids] == [1, 1, None, None]
    assert [twins[name].properties.desired["$version"] for name in all_ids] == [2, 2, 1, 1]
    assert twins[forced].tags == {"a": 1}
    assert twins[stale].tags == {"newer": 1}


def test_a_connected_device_hears_of_a_bulk_change(registry, devices):
    device = devices.connected()
    device.subscribe()
    desired = PropertyContainer(desired={"speed": {"type": "5G"}, "gone": None})
    assert succeeded(registry.bulk_create_or_update_devices([item(device.id, "updateTwin", properties=desired)]))
    assert device.next_patch() == {"speed": {"type": "5G"}, "gone": None, "$version": 2}


# The SDK reads a result out of every 400, so that of a request refused as a whole it shows neither success nor errors.
def test_a_device_is_there_once(registry, devices):
    first, twice = ids(devices, 2)
    items = [item(first, "create"), item(twice, "create"), item(twice, "delete")]
    result = registry.bulk_create_or_update_devices(items)
    assert not result.is_successful
    assert result.additional_properties["Message"].startswith("ErrorCode:DeviceDefinedMultipleTimes;")
    with refused(404, "DeviceNotFound"):
        registry.get_device(first)


def test_a_request_has_a_hundred_items_at_most(registry, devices):
    hundred = ids(devices, 100)
    assert succeeded(registry.bulk_create_or_update_devices([item(device_id, "create") for device_id in hundred]))
    with refused(413, "TooManyDevices"):
        registry.bulk_create_or_update_devices([item(name, "delete") for name in [*hundred, devices.new_id()]])
    assert registry.get_device(hundred[0]).device_id == hundred[0]
    assert succeeded(registry.bulk_create_or_update_devices([item(device_id, "delete") for device_id in hundred]))


@pytest.mark.parametrize("mode", ["erase", "Create"])
def test_an_unknown_mode_is_refused(registry, devices, mode):
    device_id = devices.new_id()
    assert errors(registry.bulk_create_or_update_devices([item(device_id, mode)])) == {
        device_id: ("ArgumentInvalid", mode)
    }
