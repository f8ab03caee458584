"""Devices with certificates over AMQP, as the SDKs open then: without SASL (.NET, C, Java), or with EXTERNAL."""

import json

import pytest
from proton.utils import LinkDetached

from hubkit.certificates import Certificate

from .dialects import DESIRED, REPORTED, DotNet, External

pytestmark = pytest.mark.parametrize("dialect", [DotNet, External])


@pytest.mark.parametrize("is_issued", [False, True])
def test_a_certificate_is_enough(hub, devices, connections, authority, tmp_path, dialect, is_issued):
    device_id = devices.new_id()
    if is_issued:
        certificate = authority.issue("device", device_id)
        hub.service.create_device_with_certificate(device_id)
    else:
        certificate = Certificate(tmp_path, "device", "any name")
        hub.service.create_device_with_certificate(device_id, certificate.sha1)
    twin = connections(dialect, certificate).twin(device_id)
    assert twin.ask("PATCH", REPORTED, b'{"fan": 880}')[0] == 204
    assert twin.ask("PUT", DESIRED)[0] == 200
    hub.service.patch_desired(device_id, {"fan": 900})
    assert json.loads(bytes(twin.next().body)) == {"fan": 900, "$version": 2}


def test_a_certificate_opens_no_other_device(hub, devices, connections, authority, tmp_path, dialect):
    issued, own = authority.issue("device", "somebody"), Certificate(tmp_path, "device", "any name")
    by_thumbprint, by_name, by_key = devices.new_id(), devices.new_id(), devices.new_id()
    hub.service.create_device_with_certificate(by_thumbprint, own.sha256)
    hub.service.create_device_with_certificate(by_name)
    hub.service.create_device(by_key)
    for certificate, device_id in [(issued, by_thumbprint), (issued, by_name), (own, by_name), (own, by_key)]:
        with pytest.raises(LinkDetached) as raised:
            connections(dialect, certificate).twin(device_id)
        assert raised.value.condition == "amqp:unauthorized-access"
