"""Twins as a device sees them."""

import re

import pytest
from azure.iot.device import exceptions

BIG_BUT_LEGAL = {f"part{number}": "x" * 4000 for number in range(7)}


def test_a_device_gets_its_twin(hub, devices):
    device = devices.connected()
    assert device.client.get_twin() == {"desired": {"$version": 1}, "reported": {"$version": 1}}
    hub.service.patch_desired(device.id, {"fan": {"rpm": 900}})
    device.client.patch_twin_reported_properties({"fan": {"rpm": 880}})
    assert device.client.get_twin() == {
        "desired": {"fan": {"rpm": 900}, "$version": 2},
        "reported": {"fan": {"rpm": 880}, "$version": 2},
    }


def test_the_service_sees_what_a_device_reports(hub, devices):
    device = devices.connected()
    device.client.patch_twin_reported_properties(
        {"text": "Grüße", "whole": 4503599627370495, "real": 21.5, "yes": True, "nested": {"deep": {"er": 1}}}
    )
    device.client.patch_twin_reported_properties({"yes": None, "nested": {"deep": {"list": [1, "two", {"three": 3}]}}})
    reported = hub.service.twin(device.id)["properties"]["reported"]
    assert reported.pop("$version") == 3
    metadata = reported.pop("$metadata")
    assert reported == {
        "text": "Grüße",
        "whole": 4503599627370495,
        "real": 21.5,
        "nested": {"deep": {"er": 1, "list": [1, "two", {"three": 3}]}},
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z", metadata["nested"]["deep"]["list"]["$lastUpdated"])


def test_desired_patches_arrive_in_order_with_their_versions(hub, devices):
    device = devices.connected()
    device.subscribe()
    for number in range(50):
        hub.service.patch_desired(device.id, {"n": number, "gone": None})
    for number in range(50):
        assert device.next_patch() == {"n": number, "gone": None, "$version": number + 2}


def test_no_patch_arrives_after_unsubscribing(hub, devices):
    device = devices.connected()
    device.subscribe()
    hub.service.patch_desired(device.id, {"n": 1})
    assert device.next_patch()["n"] == 1
    device.unsubscribe()
    hub.service.patch_desired(device.id, {"n": 2})
    # Had the second change been sent to the device, it would have come before this answer.
    assert device.client.get_twin()["desired"]["n"] == 2
    device.subscribe()
    hub.service.patch_desired(device.id, {"n": 3})
    assert device.next_patch()["n"] == 3


@pytest.mark.parametrize(
    "patch",
    [
        pytest.param({"$secret": 1}, id="a key that begins with a dollar"),
        pytest.param({"a.b": 1}, id="a key with a dot"),
        pytest.param({"a b": 1}, id="a key with a space"),
        pytest.param({"list": [1, None]}, id="null in an array"),
        pytest.param({"long": "x" * 4097}, id="a value of more than 4096 bytes"),
        pytest.param({"one": {"2": {"3": {"4": {"5": {"6": {"7": {"8": {"9": {"10": {"11": {"12": 1}}}}}}}}}}}}, id="too deep"),
        pytest.param({"big": 4503599627370496}, id="an integer beyond what a twin holds"),
        pytest.param([1, 2, 3], id="no object"),
    ],
)
def test_a_patch_that_breaks_a_rule_is_rejected_and_changes_nothing(hub, devices, patch):
    device = devices.connected()
    device.client.patch_twin_reported_properties({"before": 1})
    with pytest.raises(exceptions.ClientError) as raised:
        device.client.patch_twin_reported_properties(patch)
    assert str(raised.value.__cause__) == "twin operation returned status 400"
    assert device.client.get_twin()["reported"] == {"before": 1, "$version": 2}
    # The connection is none the worse for it.
    device.client.patch_twin_reported_properties({"after": 2})
    assert hub.service.twin(device.id)["properties"]["reported"]["after"] == 2


def test_a_section_that_would_grow_beyond_32_kilobytes_is_rejected(devices):
    device = devices.connected()
    device.client.patch_twin_reported_properties(BIG_BUT_LEGAL)
    with pytest.raises(exceptions.ClientError) as raised:
        device.client.patch_twin_reported_properties({f"more{number}": "x" * 4000 for number in range(3)})
    assert re.fullmatch("twin operation returned status (400|413)", str(raised.value.__cause__))
    assert device.client.get_twin()["reported"] == {**BIG_BUT_LEGAL, "$version": 2}
