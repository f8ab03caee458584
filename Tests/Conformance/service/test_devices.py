"""Identities, of every kind of authentication."""

import base64
from datetime import datetime, timedelta, timezone

import pytest
from azure.iot.device import exceptions
from azure.iot.hub.models import CloudToDeviceMethod

from .refusal import refused

KEY1 = base64.b64encode(b"primary key of a device").decode()
KEY2 = base64.b64encode(b"secondary key of a device").decode()
SHA1 = "0123456789ABCDEF0123456789ABCDEF01234567"
SHA256 = "0123456789abcdef" * 4


def keys(device):
    key = device.authentication.symmetric_key
    return key.primary_key, key.secondary_key


def thumbprints(device):
    thumbprint = device.authentication.x509_thumbprint
    return thumbprint.primary_thumbprint, thumbprint.secondary_thumbprint


def test_a_device_with_given_keys(registry, devices):
    device_id = devices.new_id()
    device = registry.create_device_with_sas(device_id, KEY1, KEY2, "enabled")
    assert device.device_id == device_id
    assert device.status == "enabled"
    assert device.authentication.type == "sas"
    assert keys(device) == (KEY1, KEY2)
    assert device.connection_state == "Disconnected"
    assert device.cloud_to_device_message_count == 0
    assert device.capabilities.iot_edge is False
    assert device.generation_id and device.etag
    assert device.last_activity_time == datetime(1, 1, 1, tzinfo=timezone.utc)
    assert registry.get_device(device_id).as_dict() == device.as_dict()


def test_a_device_whose_keys_the_hub_makes(registry, devices):
    device_id = devices.new_id()
    device = registry.create_device_with_sas(device_id, None, None, "enabled")
    primary, secondary = keys(device)
    assert primary != secondary
    assert [len(base64.b64decode(key)) for key in (primary, secondary)] in ([32, 32], [64, 64])
    client = devices.client(device_id, primary)
    client.client.connect()
    assert registry.get_device(device_id).connection_state == "Connected"


@pytest.mark.parametrize("pair", [(SHA1, SHA1[::-1]), (SHA256, SHA256[::-1])], ids=["sha1", "sha256"])
def test_a_device_with_a_self_signed_certificate(registry, devices, pair):
    device = registry.create_device_with_x509(devices.new_id(), *pair, "enabled")
    assert device.authentication.type == "selfSigned"
    assert thumbprints(device) == pair
    assert registry.get_device(device.device_id).as_dict() == device.as_dict()
    twin = registry.get_twin(device.device_id)
    assert twin.authentication_type == "selfSigned"
    assert (twin.x509_thumbprint.primary_thumbprint, twin.x509_thumbprint.secondary_thumbprint) == pair


def test_a_device_with_a_certificate_of_an_authority(registry, devices):
    device = registry.create_device_with_certificate_authority(devices.new_id(), "enabled")
    assert device.authentication.type == "certificateAuthority"
    assert keys(device) == (None, None)
    assert thumbprints(device) == (None, None)
    assert registry.get_twin(device.device_id).authentication_type == "certificateAuthority"


def test_a_device_gets_another_kind_of_authentication(registry, devices):
    device_id = devices.new_id()
    device = registry.create_device_with_sas(device_id, KEY1, KEY2, "enabled")
    device = registry.update_device_with_x509(device_id, device.etag, SHA1, SHA256, "enabled")
    assert (device.authentication.type, thumbprints(device)) == ("selfSigned", (SHA1, SHA256))
    assert keys(device) == (None, None)
    device = registry.update_device_with_certificate_authority(device_id, device.etag, "enabled")
    assert (device.authentication.type, thumbprints(device)) == ("certificateAuthority", (None, None))
    device = registry.update_device_with_sas(device_id, device.etag, KEY2, KEY1, "enabled")
    assert (device.authentication.type, keys(device)) == ("sas", (KEY2, KEY1))


def test_an_update_needs_the_etag_of_now(registry, devices):
    device_id = devices.new_id()
    old = registry.create_device_with_sas(device_id, KEY1, KEY2, "enabled")
    new = registry.update_device_with_sas(device_id, old.etag, KEY1, KEY2, "enabled", status_reason="first")
    assert new.etag != old.etag
    assert new.generation_id == old.generation_id
    with refused(412, "PreconditionFailed"):
        registry.update_device_with_sas(device_id, old.etag, KEY1, KEY2, "enabled", status_reason="second")
    assert registry.get_device(device_id).as_dict() == new.as_dict()
    forced = registry.update_device_with_sas(device_id, None, KEY1, KEY2, "enabled", status_reason="third")
    assert (forced.status_reason, forced.etag != new.etag) == ("third", True)


def test_keys_that_an_update_leaves_out_stay(registry, devices):
    device = registry.create_device_with_sas(devices.new_id(), KEY1, KEY2, "enabled")
    device = registry.update_device_with_sas(device.device_id, device.etag, None, None, "disabled")
    assert keys(device) == (KEY1, KEY2)


def test_a_disabled_device_is_cut_off_and_let_in_again(registry, devices):
    device = devices.connected(connection_retry=False)
    before = datetime.now(timezone.utc) - timedelta(seconds=5)
    identity = registry.get_device(device.id)
    pair = keys(identity)
    reason = "Grüße; stolen"
    disabled = registry.update_device_with_sas(device.id, identity.etag, *pair, "disabled", status_reason=reason)
    assert (disabled.status, disabled.status_reason) == ("disabled", reason)
    assert before < disabled.status_updated_time
    device.wait_for_connection(False)
    with pytest.raises(exceptions.ConnectionFailedError):
        device.client.connect()
    twin = registry.get_twin(device.id)
    assert (twin.status, twin.status_reason, twin.connection_state) == ("disabled", reason, "Disconnected")
    enabled = registry.update_device_with_sas(device.id, disabled.etag, *pair, "enabled")
    assert (enabled.status, enabled.status_reason) == ("enabled", None)
    device.client.connect()
    assert device.client.connected


def test_edge_devices_and_what_hangs_below_them(registry, devices):
    parent = registry.create_device_with_sas(devices.new_id(), None, None, "enabled", iot_edge=True)
    assert parent.capabilities.iot_edge is True
    assert parent.device_scope.startswith(f"ms-azure-iot-edge://{parent.device_id}-")
    assert not parent.parent_scopes

    child = registry.create_device_with_x509(
        devices.new_id(), SHA1, SHA1, "enabled", iot_edge=True, parent_scopes=parent.device_scope
    )
    assert child.parent_scopes == [parent.device_scope]
    assert child.device_scope.startswith(f"ms-azure-iot-edge://{child.device_id}-")

    leaf = registry.create_device_with_certificate_authority(
        devices.new_id(), "enabled", device_scope=child.device_scope
    )
    assert leaf.capabilities.iot_edge is False
    assert (leaf.device_scope, leaf.parent_scopes) == (child.device_scope, [child.device_scope])

    moved = registry.update_device_with_certificate_authority(
        leaf.device_id, leaf.etag, "enabled", device_scope=parent.device_scope, parent_scopes=[parent.device_scope]
    )
    assert (moved.device_scope, moved.parent_scopes) == (parent.device_scope, [parent.device_scope])

    # The scope of an edge device is its own for good.
    kept = registry.update_device_with_sas(
        parent.device_id, parent.etag, None, None, "enabled", iot_edge=True, device_scope="mine"
    )
    assert kept.device_scope == parent.device_scope

    twin = registry.get_twin(child.device_id)
    assert twin.capabilities.iot_edge is True
    assert (twin.device_scope, twin.parent_scopes) == (child.device_scope, [parent.device_scope])


@pytest.mark.parametrize("etag", ["*", None, "right"])
def test_a_device_is_deleted(registry, devices, etag):
    device = registry.create_device_with_sas(devices.new_id(), None, None, "enabled")
    assert registry.delete_device(device.device_id, device.etag if etag == "right" else etag) is None
    with refused(404, "DeviceNotFound") as refusal:
        registry.get_device(device.device_id)
    assert refusal.message == device.device_id
    with refused(404, "DeviceNotFound"):
        registry.get_twin(device.device_id)


def test_a_wrong_etag_deletes_nothing(registry, devices):
    device = registry.create_device_with_sas(devices.new_id(), None, None, "enabled")
    for etag in ("AAAA", device.etag + "=", registry.get_twin(device.device_id).etag):
        with refused(412, "PreconditionFailed"):
            registry.delete_device(device.device_id, etag)
    assert registry.get_device(device.device_id).as_dict() == device.as_dict()


def test_a_device_that_was_deleted_can_come_again_as_another(registry, devices):
    device_id = devices.new_id()
    first = registry.create_device_with_sas(device_id, None, None, "enabled")
    registry.delete_device(device_id)
    second = registry.create_device_with_sas(device_id, None, None, "enabled")
    assert second.generation_id != first.generation_id
    assert keys(second) != keys(first)
    with refused(412, "PreconditionFailed"):
        registry.delete_device(device_id, first.etag)


def test_a_device_is_there_once(registry, devices):
    device = registry.create_device_with_sas(devices.new_id(), KEY1, KEY2, "enabled")
    for create in (
        lambda: registry.create_device_with_sas(device.device_id, KEY2, KEY1, "enabled"),
        lambda: registry.create_device_with_x509(device.device_id, SHA1, SHA1, "enabled"),
        lambda: registry.create_device_with_certificate_authority(device.device_id, "enabled"),
    ):
        with refused(409, "DeviceAlreadyExists") as refusal:
            create()
        assert refusal.message == f"A device with ID '{device.device_id}' is already registered."
    assert registry.get_device(device.device_id).as_dict() == device.as_dict()


def test_a_device_that_is_not_there(registry, devices):
    device_id = devices.new_id()
    for request in (
        lambda: registry.get_device(device_id),
        lambda: registry.delete_device(device_id),
        lambda: registry.update_device_with_sas(device_id, None, KEY1, KEY2, "enabled"),
        lambda: registry.update_device_with_certificate_authority(device_id, "MQ==", "enabled"),
    ):
        with refused(404, "DeviceNotFound"):
            request()


def test_an_id_of_every_character_that_is_allowed(registry, devices):
    device_id = devices.new_id()[-60:] + "-:.+%_#*?!(),=@;$'"
    device = registry.create_device_with_sas(device_id, None, None, "enabled")
    assert device.device_id == device_id
    assert registry.get_device(device_id).as_dict() == device.as_dict()
    assert registry.get_twin(device_id).device_id == device_id
    registry.delete_device(device_id)


@pytest.mark.parametrize(
    "create",
    [
        pytest.param(lambda registry: registry.create_device_with_sas("a b", None, None, "enabled"), id="id"),
        pytest.param(lambda registry: registry.create_device_with_sas("x" * 129, None, None, "enabled"), id="long id"),
        pytest.param(lambda registry: registry.create_device_with_sas("bad", "no Base64!", KEY2, "enabled"), id="key"),
        pytest.param(lambda registry: registry.create_device_with_sas("bad", KEY1, "c2hvcnQ=", "enabled"), id="short"),
        pytest.param(lambda registry: registry.create_device_with_sas("bad", KEY1, KEY2, "asleep"), id="status"),
        pytest.param(lambda registry: registry.create_device_with_x509("bad", "12", SHA1, "enabled"), id="thumbprint"),
        pytest.param(
            lambda registry: registry.create_device_with_sas("bad", KEY1, KEY2, "enabled", status_reason="x" * 129),
            id="status reason",
        ),
    ],
)
def test_an_identity_that_breaks_a_rule_is_refused(registry, create):
    with refused(400, "ArgumentInvalid") as refusal:
        create(registry)
    assert refusal.message
    with refused(404, "DeviceNotFound"):
        registry.get_device("bad")


def test_what_the_hub_lacks_it_says(registry, devices):
    device_id = registry.create_device_with_sas(devices.new_id(), None, None, "enabled").device_id
    for lack, request in (
        ("modules", lambda: registry.create_module_with_sas(device_id, "module", "", None, None)),
        ("modules", lambda: registry.get_modules(device_id)),
        ("modules", lambda: registry.get_module_twin(device_id, "module")),
        ("direct methods", lambda: registry.invoke_device_method(device_id, CloudToDeviceMethod(method_name="reboot"))),
    ):
        with refused(404, "FeatureNotSupported") as refusal:
            request()
        assert lack in refusal.message


def test_devices_are_listed(registry, devices):
    created = [registry.create_device_with_sas(devices.new_id(), None, None, "enabled") for _ in range(3)]
    listed = {device.device_id: device for device in registry.get_devices()}
    for device in created:
        assert listed[device.device_id].as_dict() == device.as_dict()
    assert len(registry.get_devices(2)) == 2
    for number in (0, 1001):
        with refused(400, "ArgumentInvalid"):
            registry.get_devices(number)
