"""The service SDK with a token credential, as azure-identity has them."""

import pathlib
import re
import subprocess
import time

import pytest
import requests
from azure.core.credentials import AccessToken
from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import QuerySpecification, Twin

from hubkit.issuer import Issuer

from .conftest import trusting
from .refusal import refused

README = pathlib.Path(__file__).parents[3] / "README.md"


class Credential:
    """What azure-identity's credentials look like from outside."""

    def __init__(self, token):
        self._token = token
        self.scopes = []

    def get_token(self, *scopes, **_options):
        """A token for the scopes."""
        self.scopes.append(scopes)
        return AccessToken(self._token, int(time.time()) + 3600)


@pytest.fixture
def issuer(tmp_path):
    """An issuer with a key of its own."""
    return Issuer(tmp_path)


@pytest.fixture
def connect(issuer, start_hub):
    """Connects the SDK with a token to a hub that takes the issuer's."""
    hub = start_hub(options=issuer.options(owner="IoT Hub Data Contributor", reader="IoT Hub Data Reader"))
    host = dict(part.split("=", 1) for part in hub.connection_string.split(";"))["HostName"]
    managers = []

    def connect(token):
        credential = Credential(token)
        manager = IoTHubRegistryManager.from_token_credential(host, credential)
        managers.append(manager)
        return manager, credential

    with trusting(hub):
        yield connect
    for manager in managers:
        manager.protocol.close()


def test_a_back_end_works_with_a_token_credential(issuer, connect):
    registry, credential = connect(issuer.token("owner"))
    registry.create_device_with_sas("dev1", None, None, "enabled")
    twin = registry.get_twin("dev1")
    assert registry.update_twin("dev1", Twin(tags={"plant": "Redmond43"}), twin.etag).tags == {"plant": "Redmond43"}
    query = QuerySpecification(query="SELECT * FROM devices WHERE tags.plant = 'Redmond43'")
    assert [twin.device_id for twin in registry.query_iot_hub(query, None, 10).items] == ["dev1"]
    registry.delete_device("dev1")
    assert set(credential.scopes) == {("https://iothubs.azure.net/.default",)}


def test_a_reader_may_not_write(issuer, connect):
    owner, _ = connect(issuer.token("owner"))
    owner.create_device_with_sas("dev1", None, None, "enabled")
    reader, _ = connect(issuer.token("reader"))
    assert reader.get_twin("dev1").device_id == "dev1"
    with refused(401, "IotHubUnauthorizedAccess") as refusal:
        reader.update_twin("dev1", Twin(tags={"a": 1}))
    assert "twins/write" in refusal.message


@pytest.mark.parametrize(
    "lifetime, claims, words",
    [
        (3600, {"aud": "https://management.azure.com"}, "is for 'https://management.azure.com'"),
        (-3600, {}, "expired at"),
        (7200, {"nbf": int(time.time()) + 3600}, "not valid before"),
        (3600, {"iss": "https://elsewhere.example"}, "issuer is 'https://elsewhere.example'"),
    ],
    ids=["audience", "expired", "early", "issuer"],
)
def test_a_bad_token_is_refused(issuer, connect, lifetime, claims, words):
    registry, _ = connect(issuer.token("owner", lifetime, **claims))
    with refused(401, "IotHubUnauthorized") as refusal:
        registry.get_device("dev1")
    assert words in refusal.message


def test_a_hub_without_issuer_says_how_to_name_one(hub, back):
    host = dict(part.split("=", 1) for part in hub.connection_string.split(";"))["HostName"]
    registry = IoTHubRegistryManager.from_token_credential(host, Credential("a.b.c"))
    with refused(401, "IotHubUnauthorized") as refusal:
        registry.get_device("dev1")
    assert "--entra-issuer" in refusal.message
    registry.protocol.close()


def test_the_tokens_that_the_readme_makes_are_taken(start_hub, tmp_path):
    block = next(block for block in re.findall(r"```sh\n(.*?)```", README.read_text("utf-8"), re.S) if "genrsa" in block)
    made = subprocess.run(
        ["bash", "-euc", f'{block}\nprintf "%s" "$token"'], cwd=tmp_path, stdout=subprocess.PIPE, check=True
    )
    options = ["--entra-issuer", "demo", "--entra-jwks", str(tmp_path / "issuer.json")]
    hub = start_hub(options=[*options, "--entra-role", "me=IoT Hub Data Contributor"])
    host = dict(part.split("=", 1) for part in hub.connection_string.split(";"))["HostName"]
    answer = requests.get(
        f"https://{host}/devices?api-version=2021-04-12",
        headers={"Authorization": f"Bearer {made.stdout.decode()}"},
        verify=hub.certificate_authority_file,
        timeout=60,
    )
    assert (answer.status_code, answer.json()) == (200, [])
