"""The hub's metrics, with Microsoft's device SDK and the service API as traffic."""

import os
import socket
import subprocess

import pytest

from hubkit.service import ServiceFailure

from .scraping import assert_promtool_agrees

TRANSPORTS = {"Amqp_Tcp_Only", "Amqp_WebSocket_Only", "Mqtt_Tcp_Only", "Mqtt_WebSocket_Only"}


def test_an_idle_hub_shows_zeros_for_every_transport(target):
    scrape = target.scrape()
    assert_promtool_agrees(scrape)
    for name in ("connections", "connects_total", "disconnects_total", "reported_updates_total", "notifications_total"):
        values = scrape.all(f"twinfleet_hub_{name}")
        assert {dict(labels)["transport"] for labels in values} == TRANSPORTS
        assert set(values.values()) == {0}
    assert scrape.one("twinfleet_hub_devices") == 0
    assert scrape.one("process_resident_memory_bytes") > 1_000_000
    assert scrape.labels("twinfleet_build_info", "version") == {(scrape_version(),)}


def scrape_version():
    """The version that the program says."""
    command = [os.environ["TWINFLEET_BIN"], "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_traffic_is_counted_and_numbers_only_grow(hub, target, devices, eventually):
    scrapes = [target.scrape()]
    two = [devices.connected(), devices.connected()]
    scrapes.append(target.scrape())
    for device in two:
        device.subscribe()
        device.client.get_twin()
    scrapes.append(target.scrape())
    for number in range(5):
        hub.service.patch_desired(two[0].id, {"n": number})
        two[0].next_patch()
        two[0].client.patch_twin_reported_properties({"n": number})
        scrapes.append(target.scrape())
    hub.service.request("PATCH", f"/twins/{two[1].id}", {"tags": {"plant": "43"}})
    hub.service.twin(two[1].id)
    with pytest.raises(ServiceFailure):
        hub.service.twin("nobody")
    last = target.scrape()
    scrapes.append(last)
    for before, after in zip(scrapes, scrapes[1:]):
        after.assert_follows(before)
    for scrape in scrapes:
        assert_promtool_agrees(scrape)

    mqtt = {"transport": "Mqtt_Tcp_Only"}
    assert last.one("twinfleet_hub_devices") == 2
    assert last.one("twinfleet_hub_connections", **mqtt) == 2
    assert last.one("twinfleet_hub_connects_total", **mqtt) == 2
    assert last.one("twinfleet_hub_twin_reads_total", origin="device", **mqtt) == 2
    assert last.one("twinfleet_hub_twin_reads_total", origin="service", transport="Http1") == 1
    assert last.one("twinfleet_hub_reported_updates_total", **mqtt) == 5
    assert last.one("twinfleet_hub_notifications_total", **mqtt) == 5
    assert last.one("twinfleet_hub_desired_updates_total") == 5
    assert last.one("twinfleet_hub_tag_updates_total") == 1
    assert last.one("twinfleet_hub_service_requests_total", status="404") == 1
    # Two devices made, six patches, one twin.
    assert last.one("twinfleet_hub_service_requests_total", status="200") == 9
    for name in ("connects", "reported_updates", "notifications"):
        assert last.sum(f"twinfleet_hub_{name}_total") == last.one(f"twinfleet_hub_{name}_total", **mqtt)

    two[0].shut_down()
    # The SDK does not wait for the hub to see it leave.
    eventually(lambda: target.scrape().one("twinfleet_hub_connections", **mqtt), 1)
    assert target.scrape().one("twinfleet_hub_disconnects_total", **mqtt) == 1


def test_refused_credentials_are_counted(hub, target, devices, eventually):
    device_id = devices.new_id()
    hub.service.create_device(device_id)
    stranger = devices.client(device_id, "d3Jvbmc=")
    with pytest.raises(Exception, match="(?i)auth|unauthorized|credential|connect"):
        stranger.client.connect()
    name = "twinfleet_hub_authentication_failures_total"
    eventually(lambda: target.scrape().one(name, transport="Mqtt_Tcp_Only") >= 1, True)
    scrape = target.scrape()
    assert scrape.one("twinfleet_hub_connects_total", transport="Mqtt_Tcp_Only") == 0
    assert_promtool_agrees(scrape)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:1", ""])
def test_requests_for_other_hosts_are_refused(target, host):
    status, _, body = target.ask(Host=host.format(port=target.port))
    assert status == 403
    assert "twinfleet_" not in body


def test_only_get_and_head_of_one_path_are_answered(target):
    status, headers, body = target.ask("HEAD")
    assert (status, body) == (200, "")
    assert int(headers["Content-Length"]) > 1000
    assert target.ask(Host=f"localhost:{target.port}")[0] == 200
    assert target.ask("POST")[0] == 405
    assert target.ask(path="/")[0] == 404


def test_nobody_listens_beyond_one_loopback_address(target):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", target.port), timeout=30).close()


def test_a_taken_port_is_named_with_its_option():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ports = ["--mqtt-port", "0", "--amqp-port", "0", "--https-port", "0"]
        command = [os.environ["TWINFLEET_BIN"], "hub", *ports, "--metrics", port, "--log-level", "critical"]
        outcome = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert outcome.returncode == 70
    assert outcome.stdout == ""
    assert port in outcome.stderr and "--metrics" in outcome.stderr
