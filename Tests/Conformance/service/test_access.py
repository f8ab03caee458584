"""Who may do what."""

import time

import pytest
import requests
from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import ExportImportDevice, QuerySpecification, Twin
from azure.iot.hub.sastoken import SasToken
from msrest.exceptions import ClientRequestError

from .refusal import refused

WRONG_KEY = "d3Jvbmcga2V5IG9mIGEgcG9saWN5"


def parts(connection_string):
    """The members of a connection string."""
    return dict(part.split("=", 1) for part in connection_string.split(";"))


def altered(connection_string, **members):
    """A connection string with other members."""
    return ";".join(f"{name}={value}" for name, value in {**parts(connection_string), **members}.items())


class TestStrangers:
    """Whoever cannot prove to be a policy of the hub learns nothing."""

    def check(self, registry):
        with refused(401, "IotHubUnauthorized") as refusal:
            registry.get_device("dev1")
        assert "dev1" not in refusal.message
        with refused(401, "IotHubUnauthorized"):
            registry.update_twin("dev1", Twin(tags={"a": 1}))

    def test_a_wrong_key(self, back):
        self.check(back.manager(altered(back.hub.connection_string, SharedAccessKey=WRONG_KEY)))

    def test_an_unknown_policy(self, back):
        self.check(back.manager(altered(back.hub.connection_string, SharedAccessKeyName="nobody")))

    def test_the_key_of_another_policy(self, back):
        key = parts(back.hub.connection_strings["service"])["SharedAccessKey"]
        self.check(back.manager(altered(back.hub.connection_string, SharedAccessKey=key)))

    def test_the_key_of_a_device(self, back, registry, devices):
        device = registry.create_device_with_sas(devices.new_id(), None, None, "enabled")
        key = device.authentication.symmetric_key.primary_key
        self.check(back.manager(altered(back.hub.connection_string, SharedAccessKey=key)))
        self.check(
            back.manager(
                altered(back.hub.connection_string, SharedAccessKey=key, SharedAccessKeyName=device.device_id)
            )
        )


class Token:
    """Requests with a token that the SDK would not make by itself."""

    def __init__(self, hub):
        self._owner = parts(hub.connection_string)
        self._hub = hub

    def signed(self, resource=None, lifetime=3600):
        """A token of the owner, signed by the SDK's own code."""
        resource = resource or self._owner["HostName"]
        return str(SasToken(resource, self._owner["SharedAccessKey"], self._owner["SharedAccessKeyName"], lifetime))

    def status(self, token):
        """The status of a request with a token, and the name of the error."""
        answer = requests.get(
            f"https://{self._owner['HostName']}/devices?top=1&api-version=2021-04-12",
            headers={"Authorization": token} if token else {},
            verify=self._hub.certificate_authority_file,
            timeout=60,
        )
        return answer.status_code, answer.headers.get("iothub-errorcode")


UNAUTHORIZED = (401, "IotHubUnauthorized")


def test_tokens_that_are_expired_or_for_something_else(hub):
    token = Token(hub)
    assert token.status(token.signed()) == (200, None)
    assert token.status(token.signed(lifetime=-3600)) == UNAUTHORIZED
    assert token.status(token.signed(resource="another.azure-devices.net")) == UNAUTHORIZED
    assert token.status(token.signed().replace("skn=iothubowner", "skn=service")) == UNAUTHORIZED
    assert token.status(token.signed().replace("&skn=iothubowner", "")) == UNAUTHORIZED
    # The time is under the signature.
    later = str(int(time.time()) + 9000)
    assert token.status(token.signed().split("&se=")[0] + f"&se={later}&skn=iothubowner") == UNAUTHORIZED
    assert token.status(None) == UNAUTHORIZED
    assert token.status("Bearer of-an-entra-account")[0] == 401
    assert token.status("nonsense")[0] == 401


def test_an_authority_that_is_not_trusted_is_an_error_of_the_sdk(hub, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    registry = IoTHubRegistryManager.from_connection_string(hub.connection_string)
    registry.protocol.config.retry_policy.retries = 0
    with pytest.raises(ClientRequestError, match="CERTIFICATE_VERIFY_FAILED"):
        registry.get_device("dev1")


# What each operation needs, by Microsoft's "Control access to IoT Hub", which says nothing of statistics: one of these
# permissions is enough for them.
READ, WRITE, SERVICE = {"RegistryRead"}, {"RegistryWrite"}, {"ServiceConnect"}
OPERATIONS = [
    pytest.param(READ, lambda registry, name: registry.get_device(name), id="get_device"),
    pytest.param(READ, lambda registry, name: registry.get_devices(1), id="get_devices"),
    pytest.param(
        READ | SERVICE, lambda registry, name: registry.get_device_registry_statistics(), id="registry_statistics"
    ),
    pytest.param(
        WRITE,
        lambda registry, name: registry.create_device_with_sas(name + "-new", None, None, "enabled"),
        id="create_device",
    ),
    pytest.param(
        WRITE,
        lambda registry, name: registry.update_device_with_sas(name, None, None, None, "disabled"),
        id="update_device",
    ),
    pytest.param(WRITE, lambda registry, name: registry.delete_device(name), id="delete_device"),
    pytest.param(
        WRITE,
        lambda registry, name: registry.bulk_create_or_update_devices(
            [ExportImportDevice(id=name, import_mode="delete")]
        ),
        id="bulk",
    ),
    pytest.param(SERVICE, lambda registry, name: registry.get_twin(name), id="get_twin"),
    pytest.param(SERVICE, lambda registry, name: registry.update_twin(name, Twin(tags={"a": 1})), id="update_twin"),
    pytest.param(SERVICE, lambda registry, name: registry.replace_twin(name, Twin(tags={"a": 1})), id="replace_twin"),
    pytest.param(
        SERVICE,
        lambda registry, name: registry.query_iot_hub(QuerySpecification(query="SELECT * FROM devices"), None, 1),
        id="query",
    ),
    pytest.param(READ | SERVICE, lambda registry, name: registry.get_service_statistics(), id="service_statistics"),
]
POLICIES = {
    "iothubowner": READ | WRITE | SERVICE,
    "service": SERVICE,
    "device": set(),
    "registryRead": READ,
    "registryReadWrite": READ | WRITE,
}


def test_the_hub_has_the_policies_of_every_hub(hub):
    assert hub.connection_strings.keys() == POLICIES.keys()


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("needed, operation", OPERATIONS)
def test_a_policy_is_refused_what_it_lacks(back, registry, devices, policy, needed, operation):
    device_id = registry.create_device_with_sas(devices.new_id(), None, None, "enabled").device_id
    twin = registry.get_twin(device_id)
    limited = back.manager(back.hub.connection_strings[policy])
    if needed & POLICIES[policy]:
        operation(limited, device_id)
        return
    with refused(401, "IotHubUnauthorizedAccess") as refusal:
        operation(limited, device_id)
    assert policy in refusal.message
    assert registry.get_twin(device_id).as_dict() == twin.as_dict()
    with refused(404, "DeviceNotFound"):
        registry.get_device(device_id + "-new")
