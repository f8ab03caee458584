"""One hub, and round after round of device programs against it."""

import base64
import os
import pathlib
import sys
import tempfile

import fleet_run
from hubkit import Hub, device_connection_string, shared_access_signature
from load import LARGEST_BULK, Saturation
from programs import Program, processor_seconds

HERE = pathlib.Path(__file__).parent
# How long a program may take to get ready, and for its echoes; a program that takes longer has failed.
READY_SECONDS = 300
DONE_SECONDS = 600


def say(text):
    """Progress; the figures go to standard output."""
    print(text, file=sys.stderr, flush=True)


class Bench:
    """Everything that is measured."""

    def __init__(self, options, clean_up):
        self._options = options
        self._clean_up = clean_up
        self._folder = pathlib.Path(clean_up.enter_context(tempfile.TemporaryDirectory()))
        self._hub = Hub.start(str(options.binaries / "twinfleet"))
        clean_up.callback(self._hub.stop)
        # Goes up from round to round, so that no echo of an earlier round counts for a later one.
        self._number = 0

    def measure(self):
        """Returns the figures of every round by program."""
        options, hub = self._options, self._hub
        ids = self._register("bench", options.devices)
        azure_ids = self._register("azure", options.azure_devices)
        tokens, strings = self._folder / "tokens", self._folder / "strings"
        azure_strings = self._folder / "azure"
        tokens.write_text("".join(f"{id}\t{self._token(id, key)}\n" for id, key in ids.items()))
        strings.write_text("".join(f"{self._string(id, key)}\n" for id, key in ids.items()))
        azure_strings.write_text("".join(f"{self._string(id, key)}\n" for id, key in azure_ids.items()))
        common = ["--ca", hub.certificate_authority_file]
        at = ["--address", hub.address]
        counts = ["--warm-up", 2 * options.devices, "--echoes", options.echoes]
        azure_counts = ["--warm-up", 2 * options.azure_devices, "--echoes", options.azure_echoes]
        echo_fleet = [options.binaries / "EchoFleet", *common, *at, "--devices", strings, *counts]
        amqp = ["--transport", "Amqp_Tcp_Only"]
        at_https = ["--web-socket-port", hub.https_port]
        programs = {
            "floor": (
                [options.binaries / "MQTTFloor", *common, *at, "--host-name", hub.address, "--devices", tokens, *counts],
                ids,
            ),
            "fleet": (echo_fleet, ids),
            "amqp": ([*echo_fleet, *amqp], ids),
            "pooled": ([*echo_fleet, *amqp, "--pool", options.pool], ids),
            "mqtt-ws": ([*echo_fleet, *at_https, "--transport", "Mqtt_WebSocket_Only"], ids),
            "amqp-ws": ([*echo_fleet, *at_https, "--transport", "Amqp_WebSocket_Only"], ids),
            "azure": (
                [sys.executable, HERE / "azure_echo.py", *common, "--devices", azure_strings, *azure_counts],
                azure_ids,
            ),
        }
        figures = {name: [] for name in [*programs, "run"] if name not in options.without}
        for number in range(1, options.rounds + 1):
            for name in figures:
                say(f"round {number} of {options.rounds}: {name}")
                if name == "run":
                    round_figures = fleet_run.measure(options, hub, self._folder)
                else:
                    round_figures = self._round(*programs[name])
                figures[name].append(round_figures)
        return figures

    def _round(self, command, ids):
        program = Program(command)
        load = Saturation(self._hub.service, list(ids), self._options.window, self._number)
        try:
            start = program.event("start", READY_SECONDS)
            ready = program.event("ready", READY_SECONDS)
            open_files = program.open_files
            hub_used = processor_seconds(self._hub.process.pid)
            load.start()
            try:
                done = program.event("done", DONE_SECONDS)
            finally:
                sent = load.stop()
            hub_used = processor_seconds(self._hub.process.pid) - hub_used
        finally:
            program.stop()
        changes = (sent - self._number) * len(ids)
        self._number = sent
        if done.get("failed"):
            raise RuntimeError(f"{done['failed']} echoes of {program.name} were refused")
        devices = ready["devices"]
        return {
            "devices": devices,
            "cpu_us_per_echo": done["cpu_seconds"] / done["echoes"] * 1e6,
            "resident_kb_per_device": (ready["resident_bytes"] - start["resident_bytes"]) / devices / 1024,
            "resident_kb_per_device_after_echoes": (done["resident_bytes"] - start["resident_bytes"]) / devices / 1024,
            "connects_per_second": devices / ready["seconds"],
            "cpu_ms_per_connect": ready["cpu_seconds"] / devices * 1e3,
            "open_files": open_files,
            "open_files_per_device": (open_files - start["open_files"]) / devices,
            "echoes_per_second": done["echoes"] / done["seconds"],
            "processors_used": done["cpu_seconds"] / done["seconds"],
            "hub_cpu_us_per_change": hub_used / changes * 1e6,
        }

    def _register(self, prefix, count):
        """Makes devices with keys of ours; returns the keys by id."""
        keys = {
            f"{prefix}-{number:05}": base64.b64encode(os.urandom(32)).decode() for number in range(1, count + 1)
        }
        items = [
            {
                "id": id,
                "importMode": "create",
                "status": "enabled",
                "authentication": {"type": "sas", "symmetricKey": {"primaryKey": key, "secondaryKey": key}},
            }
            for id, key in keys.items()
        ]
        for start in range(0, len(items), LARGEST_BULK):
            self._hub.service.bulk(items[start : start + LARGEST_BULK])
        return keys

    def _token(self, device_id, key):
        return shared_access_signature(f"{self._hub.address}/devices/{device_id}", key, lifetime=24 * 3600)

    def _string(self, device_id, key):
        return device_connection_string(self._hub.address, device_id, key)
