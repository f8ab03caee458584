"""The part of the hub's service API that tests and benchmarks need, over HTTPS."""

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import threading
import time
import urllib.parse

API_VERSION = "2021-04-12"
# The hub ends connections that were quiet for minutes; one that may be about to end is not used again.
MAXIMUM_IDLE_SECONDS = 60


class ServiceFailure(Exception):
    """The hub answered with an error."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body[:500]!r}")
        self.status = status


def shared_access_signature(resource, key, policy=None, lifetime=3600):
    """Makes a token for a resource such as `host/devices/id`; the key is Base64 text."""
    resource = urllib.parse.quote(resource, safe="")
    expiry = int(time.time() + lifetime)
    digest = hmac.new(base64.b64decode(key), f"{resource}\n{expiry}".encode(), hashlib.sha256).digest()
    signature = urllib.parse.quote(base64.b64encode(digest), safe="")
    token = f"SharedAccessSignature sr={resource}&sig={signature}&se={expiry}"
    return token if policy is None else f"{token}&skn={policy}"


def device_connection_string(host, device_id, key, gateway=None):
    """Makes a device's connection string; with a gateway, the device connects to that instead of the host."""
    text = f"HostName={host};DeviceId={device_id};SharedAccessKey={key}"
    return text if gateway is None else f"{text};GatewayHostName={gateway}"


class Service:
    """One back end. Usable from several threads: each has a connection of its own."""

    def __init__(self, connection_string, certificate_authority):
        parts = dict(part.split("=", 1) for part in connection_string.split(";"))
        self._host = parts["HostName"]
        self._token = shared_access_signature(
            self._host, parts["SharedAccessKey"], parts["SharedAccessKeyName"], lifetime=24 * 3600
        )
        self._tls = ssl.create_default_context(cadata=certificate_authority)
        self._local = threading.local()
        self._connections = []

    def request(self, method, path, body=None, accept=()):
        """Sends one request; the body is JSON text or something to make it from. Returns the parsed answer."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            host, _, port = self._host.partition(":")
            connection = http.client.HTTPSConnection(host, int(port or 443), timeout=60, context=self._tls)
            self._local.connection, self._local.used = connection, time.monotonic()
            self._connections.append(connection)
        elif time.monotonic() - self._local.used > MAXIMUM_IDLE_SECONDS:
            # The next request opens it again.
            connection.close()
        if body is not None and not isinstance(body, str):
            body = json.dumps(body)
        headers = {"Authorization": self._token, "Content-Type": "application/json; charset=utf-8"}
        if method in ("PATCH", "DELETE"):
            headers["If-Match"] = '"*"'
        connection.request(method, f"{path}?api-version={API_VERSION}", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        self._local.used = time.monotonic()
        if answer.status >= 300 and answer.status not in accept:
            raise ServiceFailure(answer.status, content)
        return json.loads(content) if content else None

    def create_device(self, device_id, status="enabled"):
        """Registers a device and returns its primary key."""
        body = {"deviceId": device_id, "status": status, "authentication": {"type": "sas"}}
        device = self.request("PUT", _path("devices", device_id), body)
        return device["authentication"]["symmetricKey"]["primaryKey"]

    def create_device_with_certificate(self, device_id, thumbprint=None, secondary=None, status="enabled"):
        """Registers a device by the thumbprints of its certificates; without one, by the authority that signed it."""
        authentication = {"type": "certificateAuthority" if thumbprint is None else "selfSigned"}
        if thumbprint is not None:
            authentication["x509Thumbprint"] = {"primaryThumbprint": thumbprint, "secondaryThumbprint": secondary}
        body = {"deviceId": device_id, "status": status, "authentication": authentication}
        self.request("PUT", _path("devices", device_id), body)

    def device(self, device_id):
        """Reads a device's identity."""
        return self.request("GET", _path("devices", device_id))

    def remove_device(self, device_id):
        """Removes a device with its twin."""
        self.request("DELETE", _path("devices", device_id))

    def twin(self, device_id):
        """Reads a twin."""
        return self.request("GET", _path("twins", device_id))

    def patch_desired(self, device_id, patch):
        """Merges into the desired properties and returns their new version."""
        twin = self.request("PATCH", _path("twins", device_id), {"properties": {"desired": patch}})
        return twin["properties"]["desired"]["$version"]

    def bulk(self, items):
        """Sends up to 100 registry operations; every one has to succeed."""
        result = self.request("POST", "/devices", items, accept=(400,))
        if not result.get("isSuccessful"):
            raise ServiceFailure(400, json.dumps(result))

    def close(self):
        """Closes the connections of all threads."""
        for connection in self._connections:
            connection.close()
        self._connections.clear()


def _path(collection, device_id):
    return f"/{collection}/{urllib.parse.quote(device_id, safe='')}"
