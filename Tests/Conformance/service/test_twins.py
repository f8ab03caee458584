"""Twins as a back end sees them."""

import base64
import re
from datetime import datetime, timedelta, timezone

import pytest
from azure.iot.hub.models import Twin, TwinProperties

from .refusal import refused


def desired(**members):
    """A patch of desired properties."""
    return Twin(properties=TwinProperties(desired=members))


def nested(depth):
    """Objects inside each other, with a number in the innermost."""
    value = 1
    for _ in range(depth):
        value = {"deeper": value}
    return value


def contents(section):
    """A section without what the hub writes into it."""
    return {name: value for name, value in section.items() if not name.startswith("$")}


@pytest.fixture
def device_id(registry, devices):
    """A device that is registered and was never there."""
    return registry.create_device_with_sas(devices.new_id(), None, None, "enabled").device_id


def test_a_new_twin(registry, device_id):
    identity = registry.get_device(device_id)
    twin = registry.get_twin(device_id)
    empty = {"$metadata": {"$lastUpdated": "0001-01-01T00:00:00Z"}, "$version": 1}
    assert (twin.device_id, twin.module_id) == (device_id, None)
    assert (twin.etag, twin.version, twin.device_etag) == ("AAAAAAAAAAE=", 2, identity.etag)
    assert not twin.tags
    assert (twin.properties.desired, twin.properties.reported) == (empty, empty)
    assert (twin.status, twin.connection_state, twin.authentication_type) == ("enabled", "Disconnected", "sas")
    assert twin.last_activity_time == datetime(1, 1, 1, tzinfo=timezone.utc)
    assert twin.cloud_to_device_message_count == 0
    assert twin.capabilities.iot_edge is False
    assert twin.additional_properties["modelId"] == ""


def test_a_patch_merges_into_tags_and_desired(registry, device_id):
    registry.update_twin(
        device_id,
        Twin(
            tags={"location": {"region": "US", "plant": "Redmond43"}, "owner": "Grüße"},
            properties=TwinProperties(desired={"fan": {"rpm": 900, "on": True}, "list": [1, {"two": 2}], "real": 21.5}),
        ),
    )
    twin = registry.update_twin(
        device_id,
        Twin(
            tags={"location": {"plant": "Munich"}},
            properties=TwinProperties(desired={"fan": {"rpm": 901}, "list": [3]}),
        ),
    )
    assert twin.tags == {"location": {"region": "US", "plant": "Munich"}, "owner": "Grüße"}
    assert contents(twin.properties.desired) == {"fan": {"rpm": 901, "on": True}, "list": [3], "real": 21.5}
    assert twin.properties.desired["$version"] == 3
    assert base64.b64decode(twin.etag) == bytes([0, 0, 0, 0, 0, 0, 0, 3])
    assert registry.get_twin(device_id).as_dict() == twin.as_dict()


def test_metadata_says_what_changed_when(registry, device_id):
    before = datetime.now(timezone.utc) - timedelta(seconds=5)
    registry.update_twin(device_id, desired(fan={"rpm": 900, "on": True}))
    first = registry.get_twin(device_id).properties.desired["$metadata"]
    twin = registry.update_twin(device_id, desired(fan={"rpm": 901}, led=True))
    metadata = twin.properties.desired["$metadata"]
    assert metadata["$lastUpdatedVersion"] == 3
    assert metadata["led"]["$lastUpdatedVersion"] == 3
    assert metadata["fan"]["$lastUpdatedVersion"] == 3
    assert metadata["fan"]["rpm"]["$lastUpdatedVersion"] == 3
    assert metadata["fan"]["on"] == first["fan"]["on"]
    assert metadata["fan"]["on"]["$lastUpdatedVersion"] == 2
    for node in (metadata, metadata["fan"], metadata["fan"]["on"], metadata["led"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", node["$lastUpdated"])
        assert before < datetime.fromisoformat(node["$lastUpdated"][:19] + "+00:00") < before + timedelta(minutes=5)


def test_nulls_remove(registry, device_id):
    registry.update_twin(
        device_id,
        Twin(tags={"a": 1, "b": {"c": 2, "d": 3}}, properties=TwinProperties(desired={"x": {"y": 1, "z": 2}, "w": 4})),
    )
    twin = registry.update_twin(
        device_id,
        Twin(
            tags={"a": None, "b": {"c": None}, "never": None},
            properties=TwinProperties(desired={"x": {"y": None}, "w": None, "new": {"gone": None, "here": 5}}),
        ),
    )
    assert twin.tags == {"b": {"d": 3}}
    assert contents(twin.properties.desired) == {"x": {"z": 2}, "new": {"here": 5}}
    metadata = twin.properties.desired["$metadata"]
    assert set(contents(metadata)) == {"x", "new"}
    assert set(contents(metadata["x"])) == {"z"}
    assert set(contents(metadata["new"])) == {"here"}


def test_tags_alone_leave_the_desired_version_as_it_is(registry, device_id):
    twin = registry.update_twin(device_id, Twin(tags={"a": 1}))
    assert twin.properties.desired["$version"] == 1
    assert twin.etag == "AAAAAAAAAAI="


def test_a_replacement_empties_what_it_leaves_out(registry, device_id):
    registry.update_twin(device_id, Twin(tags={"a": 1, "b": 2}, properties=TwinProperties(desired={"x": 1, "y": 2})))
    twin = registry.replace_twin(device_id, Twin(tags={"b": 3}, properties=TwinProperties(desired={"z": {"deep": 1}})))
    assert twin.tags == {"b": 3}
    assert contents(twin.properties.desired) == {"z": {"deep": 1}}
    assert contents(twin.properties.desired["$metadata"]).keys() == {"z"}
    assert twin.properties.desired["$version"] == 3
    twin = registry.replace_twin(device_id, desired(z=2))
    assert not twin.tags
    assert registry.get_twin(device_id).as_dict() == twin.as_dict()


def test_a_twin_that_was_read_can_be_written_back(registry, devices):
    """The SDK sends all of it, with what no back end may set."""
    device = devices.connected()
    device.client.patch_twin_reported_properties({"seen": 1})
    twin = registry.update_twin(device.id, Twin(tags={"a": 1}, properties=TwinProperties(desired={"x": {"y": 1}})))
    twin.tags["b"] = 2
    twin.properties.desired["x"]["z"] = 2
    twin.properties.reported["seen"] = "changed by the back end"
    twin.status = "disabled"
    twin.connection_state = "Disconnected"
    for write in (registry.update_twin, registry.replace_twin):
        twin = write(device.id, twin, twin.etag)
        assert twin.tags == {"a": 1, "b": 2}
        assert contents(twin.properties.desired) == {"x": {"y": 1, "z": 2}}
        assert contents(twin.properties.reported) == {"seen": 1}
        assert (twin.status, twin.connection_state) == ("enabled", "Connected")
    assert twin.properties.desired["$version"] == 4


@pytest.mark.parametrize("write", ["update_twin", "replace_twin"])
def test_of_two_writers_with_one_etag_the_second_is_refused(registry, device_id, write):
    write = getattr(registry, write)
    etag = registry.get_twin(device_id).etag
    won = write(device_id, desired(writer=1), etag)
    assert won.etag != etag
    for wrong in (etag, "AAAA", won.device_etag, f'"{etag}"'):
        with refused(412, "PreconditionFailed") as refusal:
            write(device_id, desired(writer=2), wrong)
        assert "version did not match" in refusal.message
    assert registry.get_twin(device_id).as_dict() == won.as_dict()
    for right in (f'"{won.etag}"', "*", None):
        won = write(device_id, desired(writer=3), right)
    assert won.properties.desired["writer"] == 3
    assert won.properties.desired["$version"] == 5


def test_what_a_device_reports_needs_no_new_etag(registry, devices):
    device = devices.connected()
    etag = registry.get_twin(device.id).etag
    device.client.patch_twin_reported_properties({"seen": 1})
    twin = registry.update_twin(device.id, desired(x=1), etag)
    assert contents(twin.properties.reported) == {"seen": 1}


def test_a_twin_that_is_not_there(registry, devices):
    device_id = devices.new_id()
    for request in (
        lambda: registry.get_twin(device_id),
        lambda: registry.update_twin(device_id, desired(x=1)),
        lambda: registry.replace_twin(device_id, desired(x=1), "AAAAAAAAAAE="),
    ):
        with refused(404, "DeviceNotFound") as refusal:
            request()
        assert refusal.message == device_id


BAD_PATCHES = [
    pytest.param(desired(list=[1, None]), "null", id="null in an array"),
    pytest.param(desired(list=[{"member": None}]), "null", id="null in an object in an array"),
    pytest.param(desired(long="x" * 4097), "4096", id="a value of more than 4096 bytes"),
    pytest.param(desired(big=4503599627370496), "big", id="an integer beyond what a twin holds"),
    pytest.param(desired(small=-4503599627370497), "small", id="an integer below what a twin holds"),
    pytest.param(desired(deep=nested(11)), "deep", id="too deep"),
    pytest.param(desired(**{"a.b": 1}), "a.b", id="a key with a dot"),
    pytest.param(desired(**{"a b": 1}), "a b", id="a key with a space"),
    pytest.param(desired(**{"a$b": 1}), "a$b", id="a key with a dollar"),
    pytest.param(desired(**{"a#b": 1}), "a#b", id="a key with a hash"),
    pytest.param(desired(**{"a\u0007b": 1}), "", id="a key with a control character"),
    pytest.param(desired(**{"k" * 1025: 1}), "1024", id="a key of more than 1024 bytes"),
    pytest.param(Twin(tags={"list": [None]}), "null", id="null in an array of the tags"),
]


@pytest.mark.parametrize("write", ["update_twin", "replace_twin"])
@pytest.mark.parametrize("patch, word", BAD_PATCHES)
def test_a_patch_that_breaks_a_rule_is_refused_and_changes_nothing(registry, device_id, write, patch, word):
    before = registry.update_twin(device_id, Twin(tags={"before": 1}, properties=TwinProperties(desired={"before": 1})))
    with refused(400, "ArgumentInvalid") as refusal:
        getattr(registry, write)(device_id, patch)
    assert word in refusal.message
    assert registry.get_twin(device_id).as_dict() == before.as_dict()


@pytest.mark.parametrize(
    "patch, limit",
    [
        pytest.param(Twin(tags={f"part{number}": "x" * 4000 for number in range(3)}), "8192", id="tags"),
        pytest.param(desired(**{f"part{number}": "x" * 4000 for number in range(9)}), "32768", id="desired"),
    ],
)
def test_a_section_that_would_grow_too_big_is_refused(registry, device_id, patch, limit):
    for write in (registry.update_twin, registry.replace_twin):
        with refused(413, "MessageTooLarge") as refusal:
            write(device_id, patch)
        assert limit in refusal.message
    twin = registry.get_twin(device_id)
    assert not twin.tags
    assert twin.properties.desired["$version"] == 1


def test_what_is_just_allowed_is_accepted(registry, device_id):
    members = {
        "least": -4503599627370496,
        "most": 4503599627370495,
        "text": "ü" * 2048,
        "k" * 1024: 1,
        "deep": nested(9),
        "list": [1, [2, {"three": "drei"}], True, 1.5],
    }
    twin = registry.update_twin(device_id, desired(**members))
    assert contents(twin.properties.desired) == members
