"""Makes device certificates, and the authorities that sign them, with OpenSSL's own program; RSA, as most devices have."""

import hashlib
import ssl
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)


class Certificate:
    """A certificate and its key in files."""

    def __init__(self, folder, name, common_name, *options, chain="", passphrase=None):
        self.file, self.key_file, self.passphrase = folder / f"{name}.pem", folder / f"{name}-key.pem", passphrase
        encryption = ["-noenc"] if passphrase is None else ["-passout", f"pass:{passphrase}"]
        _openssl(
            "req", "-x509", "-newkey", "rsa:2048", *encryption, "-keyout", self.key_file, "-out", self.file,
            "-subj", f"/CN={common_name}", "-days", "1", *options,
        )  # fmt: skip
        der = ssl.PEM_cert_to_DER_cert(self.file.read_text())
        self.sha1, self.sha256 = (hashlib.new(kind, der).hexdigest() for kind in ("sha1", "sha256"))
        if chain:
            self.file.write_text(self.file.read_text() + chain)


class Authority:
    """A certificate authority; those that it issues below itself bring their chain along."""

    _OPTIONS = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def __init__(self, folder, name, issuer=None):
        self._folder = folder
        signer = issuer._signer if issuer else ()
        chain = issuer._chain if issuer else ""
        made = Certificate(folder, name, f"{name} CA", *self._OPTIONS, *signer)
        self.file = made.file
        self._signer = ("-CA", made.file, "-CAkey", made.key_file)
        # A root's own certificate is not sent.
        self._chain = made.file.read_text() + chain if issuer else ""

    def issue(self, name, common_name, passphrase=None):
        """Makes a device's certificate."""
        options = ("-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=critical,clientAuth")
        return Certificate(
            self._folder, name, common_name, *options, *self._signer, chain=self._chain, passphrase=passphrase
        )
