"""Devices that show who they are by a certificate."""

import socket
import ssl

import pytest
from azure.iot.device import exceptions

from hubkit.certificates import Authority, Certificate
from hubkit.hub import MQTT_PORT


@pytest.fixture(params=["self-signed", "by an authority", "by an authority below it"])
def registered(request, hub, devices, authority, tmp_path):
    """A registered device's id, and its certificate."""
    device_id = devices.new_id()
    if request.param == "self-signed":
        certificate = Certificate(tmp_path, "device", "any name")
        hub.service.create_device_with_certificate(device_id, certificate.sha256)
    else:
        issuer = authority if request.param == "by an authority" else Authority(tmp_path, "below", authority)
        certificate = issuer.issue("device", device_id)
        hub.service.create_device_with_certificate(device_id)
    return device_id, certificate


@pytest.fixture(params=["tcp", "websocket"])
def way(request):
    """The options of a client that goes one of the two ways, through a line that a test can cut."""
    if request.param == "tcp":
        return {"line": request.getfixturevalue("line")}
    return {"line": request.getfixturevalue("websocket_line"), "websockets": True}


def test_a_device_with_a_certificate_gets_its_twin_reports_and_is_told(hub, devices, registered, way):
    already_accepted = way["line"].accepted
    device = devices.client_with_certificate(*registered, **way)
    device.client.connect()
    assert way["line"].accepted == already_accepted + 1
    assert hub.service.device(device.id)["connectionState"] == "Connected"
    assert device.client.get_twin() == {"desired": {"$version": 1}, "reported": {"$version": 1}}
    device.client.patch_twin_reported_properties({"fan": 880})
    assert hub.service.twin(device.id)["properties"]["reported"]["fan"] == 880
    device.subscribe()
    hub.service.patch_desired(device.id, {"fan": 900})
    assert device.next_patch()["fan"] == 900


def test_a_device_with_a_certificate_comes_back_after_a_cut(hub, devices, registered, way):
    device = devices.client_with_certificate(*registered, **way)
    device.client.connect()
    device.subscribe()
    with way["line"].cut():
        device.wait_for_connection(False)
    device.wait_for_connection(True)
    hub.service.patch_desired(device.id, {"fan": 900})
    # After a reconnect the SDK may tell of what it has missed first.
    while "fan" not in (patch := device.next_patch()):
        pass
    assert patch["fan"] == 900


def test_the_certificate_of_another_is_refused_as_a_credential_error(hub, devices, registered, way, authority, tmp_path):
    device_id, _ = registered
    for name, certificate in [
        ("a stranger", Certificate(tmp_path, "stranger", device_id)),
        ("another device", authority.issue("another", "another-device")),
    ]:
        device = devices.client_with_certificate(device_id, certificate, connection_retry=False, **way)
        with pytest.raises(exceptions.CredentialError):
            device.client.connect()
        assert hub.service.device(device_id)["connectionState"] == "Disconnected", name


def test_a_key_does_not_stand_for_a_certificate(devices, registered, way):
    device = devices.client(registered[0], "bm90IGEga2V5IG9mIHRoZSBodWI=", connection_retry=False, **way)
    with pytest.raises(exceptions.CredentialError):
        device.client.connect()


def test_either_thumbprint_will_do_in_letters_of_either_case(hub, devices, tmp_path):
    device_id = devices.new_id()
    first, second = (Certificate(tmp_path, name, "any name", passphrase="secret") for name in ("first", "second"))
    hub.service.create_device_with_certificate(device_id, first.sha1.upper(), second.sha256.lower())
    for certificate in (first, second):
        device = devices.client_with_certificate(device_id, certificate)
        device.client.connect()
        assert device.client.get_twin()["desired"] == {"$version": 1}
        device.shut_down()


def test_a_disabled_device_with_a_certificate_is_refused_as_unavailable(hub, devices, tmp_path):
    device_id = devices.new_id()
    certificate = Certificate(tmp_path, "device", "any name")
    hub.service.create_device_with_certificate(device_id, certificate.sha256, status="disabled")
    device = devices.client_with_certificate(device_id, certificate, connection_retry=False)
    with pytest.raises(exceptions.ConnectionFailedError):
        device.client.connect()


def connect(hub, context, device_id, session=None):
    """Sends a CONNECT without a password; the return code, the session, and whether it was resumed."""
    client_id, user = device_id.encode(), f"{hub.address}/{device_id}/?api-version=2021-04-12".encode()
    rest = b"\0\4MQTT\4\x82\0\0" + b"".join(len(text).to_bytes(2, "big") + text for text in (client_id, user))
    length = bytes([len(rest) % 128 | 0x80, len(rest) // 128])
    with socket.create_connection((hub.address, MQTT_PORT), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname=hub.address, session=session) as stream:
            stream.sendall(b"\x10" + length + rest)
            answer = stream.recv(4)
            assert answer[:2] == b"\x20\x02"
            return answer[3], stream.session, stream.session_reused


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_resumed_session_is_still_that_of_its_certificate(hub, devices, registered, version):
    device_id, certificate = registered
    context = ssl.create_default_context(cafile=hub.certificate_authority_file)
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(certificate.file, certificate.key_file)
    code, session, is_resumed = connect(hub, context, device_id)
    assert (code, is_resumed) == (0, False)
    for _ in range(2):
        code, session, is_resumed = connect(hub, context, device_id, session)
        assert (code, is_resumed) == (0, True)
    # And of no other: what was resumed proves nothing about another device.
    other_id = devices.new_id()
    hub.service.create_device_with_certificate(other_id)
    code, _, is_resumed = connect(hub, context, other_id, session)
    assert (code, is_resumed) == (5, True)
