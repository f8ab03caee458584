"""An issuer of access tokens in place of Microsoft Entra: a key, its public half in a file, and tokens on demand."""

import base64
import json
import pathlib
import subprocess
import time

AUDIENCE = "https://iothubs.azure.net"


def _text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, stdout=subprocess.PIPE, check=True).stdout


class Issuer:
    """Signs tokens with a key of its own, by the `openssl` program."""

    name = "https://login.example/tenant/v2.0"

    def __init__(self, folder):
        self._key = str(pathlib.Path(folder) / "issuer.pem")
        _openssl("genrsa", "-out", self._key, "2048")
        modulus = _openssl("rsa", "-in", self._key, "-noout", "-modulus").decode().strip().partition("=")[2]
        key = {"kty": "RSA", "kid": "test", "n": _text(bytes.fromhex(modulus)), "e": "AQAB"}
        self.keys_file = str(pathlib.Path(folder) / "keys.json")
        pathlib.Path(self.keys_file).write_text(json.dumps({"keys": [key]}), encoding="ascii")

    def options(self, **roles):
        """The options of `twinfleet hub`: application ids with their roles."""
        options = ["--entra-issuer", self.name, "--entra-jwks", self.keys_file]
        for application, role in roles.items():
            options += ["--entra-role", f"{application}={role}"]
        return options

    def token(self, application, lifetime=3600, **claims):
        """A token for an application; claims replace those that Microsoft Entra would make."""
        now = int(time.time())
        body = {"iss": self.name, "aud": AUDIENCE, "appid": application, "nbf": now, "exp": now + lifetime, **claims}
        parts = [{"alg": "RS256", "typ": "JWT", "kid": "test"}, body]
        signed = ".".join(_text(json.dumps(part).encode()) for part in parts)
        return f"{signed}.{_text(_openssl('dgst', '-sha256', '-sign', self._key, data=signed.encode()))}"
