"""What a device gets to see when its connection comes and goes."""

from conftest import PATIENCE


def test_a_change_made_during_a_cut_arrives_after_it_once(hub, line, devices):
    device = devices.connected(line=line, connection_retry_interval=1)
    device.subscribe()
    hub.service.patch_desired(device.id, {"n": 1, "kept": True})
    assert device.next_patch() == {"n": 1, "kept": True, "$version": 2}

    with line.cut():
        device.wait_for_connection(False)
        hub.service.patch_desired(device.id, {"n": 2})
        hub.service.patch_desired(device.id, {"n": 3})

    # The SDK hands over the whole desired section that it fetched.
    assert device.next_patch() == {"n": 3, "kept": True, "$version": 4}
    # Subscriptions outlive the connection: the SDK does not ask for them again.
    hub.service.patch_desired(device.id, {"n": 4})
    assert device.next_patch() == {"n": 4, "$version": 5}


def test_a_cut_without_a_change_delivers_nothing(hub, line, devices):
    device = devices.connected(line=line, connection_retry_interval=1)
    device.subscribe()
    hub.service.patch_desired(device.id, {"n": 1})
    assert device.next_patch()["n"] == 1
    with line.cut():
        device.wait_for_connection(False)
    device.wait_for_connection(True)
    # The answer to this comes after the answer to the SDK's own GET.
    device.client.get_twin()
    hub.service.patch_desired(device.id, {"n": 2})
    assert device.next_patch() == {"n": 2, "$version": 3}


def test_the_hub_notices_a_cut(hub, line, devices, eventually):
    device = devices.connected(line=line, connection_retry=False)
    assert hub.service.device(device.id)["connectionState"] == "Connected"
    with line.cut():
        eventually(lambda: hub.service.device(device.id)["connectionState"], "Disconnected")
        # The SDK cannot shut down a client whose connection ends at that moment.
        device.wait_for_connection(False)


def test_a_handler_set_before_connecting_gets_the_whole_section(hub, devices):
    device = devices.new()
    hub.service.patch_desired(device.id, {"n": 1})
    # This connects by itself, and asks for the twin before any subscription.
    device.subscribe()
    assert device.next_patch() == {"n": 1, "$version": 2}


def test_a_renewed_token_keeps_the_changes_coming(hub, line, devices):
    already_accepted = line.accepted
    # The SDK renews 120 seconds before the end, so after about three seconds, again and again.
    device = devices.connected(line=line, sastoken_ttl=123, connection_retry_interval=1)
    device.subscribe()
    hub.service.patch_desired(device.id, {"n": 1})
    assert device.next_patch()["n"] == 1

    assert line.wait_for_connections(already_accepted + 2, PATIENCE)
    hub.service.patch_desired(device.id, {"n": 2})
    assert device.next_patch()["n"] == 2

    assert line.wait_for_connections(already_accepted + 3, PATIENCE)
    hub.service.patch_desired(device.id, {"n": 3})
    assert device.next_patch()["n"] == 3
    device.wait_for_connection(True)
    device.client.patch_twin_reported_properties({"still": "here"})
    assert hub.service.twin(device.id)["properties"]["reported"]["still"] == "here"
