"""Starts and stops `twinfleet hub`."""

import json
import random
import socket
import subprocess
import tempfile
import threading

from .service import Service

# Microsoft's SDKs know only these ports.
MQTT_PORT = 8883
WEBSOCKET_PORT = 443
# The exit code for a port that somebody else has.
EXIT_UNREACHABLE = 69


class HubFailure(Exception):
    """The hub did not start, or did not end as it should."""


def random_loopback_address():
    """One of the sixteen million addresses of this machine, so that hubs that all need port 8883 do not meet."""
    return f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"


def may_listen_for_websockets():
    """Whether this user may have port 443, where Microsoft's SDKs look for WebSockets."""
    with socket.socket() as probe:
        try:
            probe.bind((random_loopback_address(), WEBSOCKET_PORT))
        except PermissionError:
            return False
        except OSError:
            # Somebody has it there, which is no question of rights.
            return True
    return True


class Hub:
    """A hub on a loopback address of its own, with MQTT on 8883 and HTTPS on a free port unless another is given."""

    def __init__(self, binary, address, names=(), log_level="warning", data=None, options=(), https_port=0):
        self.address = address
        self._log = tempfile.TemporaryFile()
        command = [binary, "hub", "--bind", address, "--host-name", address, "--name", address]
        for name in names:
            command += ["--name", name]
        if data is not None:
            command += ["--data", str(data)]
        command += ["--mqtt-port", str(MQTT_PORT), "--https-port", str(https_port), "--log-level", log_level]
        # Its standard input is its lifeline: when this process ends, however it ends, so does the hub.
        command += ["--json", "--until-stdin-closes", *options]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
        )
        line = self._first_line(60)
        if not line:
            self._give_up()
            raise HubFailure(f"the hub ended with {self.process.returncode} before it was ready: {self.log()}")
        ready = json.loads(line)
        self.https_port = ready["httpsPort"]
        self.certificate_authority_file = ready["ca"]
        with open(self.certificate_authority_file, encoding="ascii") as file:
            self.certificate_authority = file.read()
        self.https_port = ready["httpsPort"]
        self.connection_string = ready["connectionString"]
        self.connection_strings = ready["connectionStrings"]
        # Where its metrics are; None unless they were asked for.
        self.metrics = ready.get("metrics")
        # The live page with its token, if it is wanted.
        self.page = ready.get("page")
        self.service = Service(self.connection_string, self.certificate_authority)

    @classmethod
    def start(cls, binary, names=(), log_level="warning", data=None, options=(), https_port=0):
        """Starts a hub on an address that nobody uses for port 8883; the other options are those of `twinfleet hub`."""
        attempts = 8
        while True:
            attempts -= 1
            try:
                return cls(binary, random_loopback_address(), names, log_level, data, options, https_port)
            except HubFailure as failure:
                if attempts == 0 or f"ended with {EXIT_UNREACHABLE} " not in str(failure):
                    raise

    def _first_line(self, seconds):
        watchdog = threading.Timer(seconds, self.process.kill)
        watchdog.start()
        try:
            return self.process.stdout.readline()
        finally:
            watchdog.cancel()

    def _give_up(self):
        self.process.stdin.close()
        try:
            self.process.wait(90)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def log(self):
        """What the hub has written to standard error."""
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace").strip()

    def kill(self):
        """Ends the hub at once, as when a machine fails."""
        self.service.close()
        self.process.kill()
        self._give_up()
        self._log.close()

    def stop(self):
        """Lets the hub go and waits for its end."""
        self.service.close()
        self._give_up()
        log = self.log()
        self._log.close()
        if self.process.returncode != 0:
            raise HubFailure(f"the hub ended with {self.process.returncode}: {log}")
