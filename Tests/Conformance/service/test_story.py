"""The whole story of Microsoft's article on twins, told by both SDKs."""

import contextlib

from azure.iot.hub.models import QuerySpecification, Twin, TwinProperties
from conftest import Devices

from .conftest import trusting
from .refusal import refused

IN_REDMOND = "SELECT * FROM devices WHERE tags.location.plant = 'Redmond43'"
ON_CELLULAR = f"{IN_REDMOND} AND properties.reported.connectivity.type = 'cellular'"
# What the article's back end has.
POLICY = "serviceAndRegistryRead"


def test_a_back_end_and_its_device(start_hub, eventually):
    hub = start_hub(options=["--policy", f"{POLICY}=serviceConnect,registryRead"])
    with trusting(hub) as back, contextlib.ExitStack() as clean_up:
        owner = back.manager()
        service = back.manager(hub.connection_strings[POLICY])

        def found(query):
            return [twin.device_id for twin in service.query_iot_hub(QuerySpecification(query=query), None, 100).items]

        # An administrator registers the devices.
        for device_id in ("myDeviceId", "another"):
            owner.create_device_with_sas(device_id, None, None, "enabled")
        key = service.get_device("myDeviceId").authentication.symmetric_key.primary_key

        with refused(401, "IotHubUnauthorizedAccess"):
            service.create_device_with_sas("one-more", None, None, "enabled")

        # The back end says where the device is, and asks who is there.
        twin = service.get_twin("myDeviceId")
        service.update_twin("myDeviceId", Twin(tags={"location": {"region": "US", "plant": "Redmond43"}}), twin.etag)
        assert found(IN_REDMOND) == ["myDeviceId"]
        assert found(ON_CELLULAR) == []

        # The device comes, and says how it is connected.
        device = Devices(hub, "story", clean_up).client("myDeviceId", key)
        device.client.connect()
        assert device.client.get_twin() == {"desired": {"$version": 1}, "reported": {"$version": 1}}
        device.client.patch_twin_reported_properties(
            {"connectivity": {"type": "cellular"}, "DateTimeLastAppLaunch": "2026-11-25T16:00:00Z"}
        )
        assert found(ON_CELLULAR) == ["myDeviceId"]
        assert service.get_twin("myDeviceId").connection_state == "Connected"
        assert service.get_service_statistics().connected_device_count == 1
        assert service.get_device_registry_statistics().total_device_count == 2

        # The back end asks for something else; the device hears it, does it and says so; the back end reads that.
        device.subscribe()
        wish = {"telemetryConfig": {"configId": "first", "sendFrequency": "5m"}}
        wished = service.update_twin("myDeviceId", Twin(properties=TwinProperties(desired=wish)))
        patch = device.next_patch()
        assert patch == {**wish, "$version": 2}
        assert wished.properties.desired["$version"] == 2
        device.client.patch_twin_reported_properties(
            {
                "telemetryConfig": {**patch["telemetryConfig"], "status": "Success"},
                "DateTimeLastDesiredPropertyChangeReceived": "2026-11-25T16:00:01Z",
            }
        )
        reported = service.get_twin("myDeviceId").properties.reported
        assert reported["telemetryConfig"] == {"configId": "first", "sendFrequency": "5m", "status": "Success"}
        assert reported["$version"] == 3
        assert found(IN_REDMOND + " AND properties.reported.telemetryConfig.status = 'Success'") == ["myDeviceId"]

        # The device goes; what is wished meanwhile it finds when it comes again.
        device.shut_down()
        eventually(lambda: service.get_twin("myDeviceId").connection_state, "Disconnected")
        assert service.get_service_statistics().connected_device_count == 0
        twin = service.get_twin("myDeviceId")
        assert twin.properties.reported["connectivity"] == {"type": "cellular"}
        wish = {"telemetryConfig": {"configId": "second", "sendFrequency": None}}
        service.update_twin("myDeviceId", Twin(properties=TwinProperties(desired=wish)), twin.etag)
        device = Devices(hub, "story", clean_up).client("myDeviceId", key)
        device.client.connect()
        twin = device.client.get_twin()
        assert twin["desired"] == {"telemetryConfig": {"configId": "second"}, "$version": 3}
        assert twin["reported"]["telemetryConfig"]["configId"] == "first"

        # The administrator removes it: it is cut off, and gone from the answers.
        owner.delete_device("myDeviceId")
        device.wait_for_connection(False)
        assert found(IN_REDMOND) == []
        assert owner.get_device_registry_statistics().total_device_count == 1
