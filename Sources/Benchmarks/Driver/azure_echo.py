"""The same echo with Microsoft's Python device SDK; prints the lines that MQTTFloor and EchoFleet print."""

import argparse
import json
import logging
import os
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

from azure.iot.device import IoTHubDeviceClient

# Devices that connect at the same time; each blocks a thread meanwhile.
CONNECTING = 16


def resident_bytes():
    """Resident memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def say(event, **figures):
    """Prints one line."""
    files = len(os.listdir("/proc/self/fd")) - 1
    line = {"event": event, **figures, "resident_bytes": resident_bytes(), "open_files": files}
    print(json.dumps(line), flush=True)


class Counter:
    """Counts echoes and takes the time at the first and the last of those to be measured."""

    def __init__(self, warm_up, echoes):
        self._lock = threading.Lock()
        self._count = 0
        self._marks_at = {warm_up, warm_up + echoes}
        self.marks = []
        self.done = threading.Event()

    def acknowledged(self):
        """One more."""
        with self._lock:
            self._count += 1
            if self._count in self._marks_at:
                self.marks.append((time.monotonic(), time.process_time()))
                if len(self.marks) == 2:
                    self.done.set()


def connect(connection_string, authority, counter):
    """Makes a device ready."""
    client = IoTHubDeviceClient.create_from_connection_string(connection_string, server_verification_cert=authority)

    def echo(patch):
        patch.pop("$version")
        now = datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")
        patch["DateTimeLastDesiredPropertyChangeReceived"] = now
        client.patch_twin_reported_properties(patch)
        counter.acknowledged()

    client.connect()
    client.on_twin_desired_properties_patch_received = echo
    client.get_twin()
    return client


def main():
    """Runs the fleet until the echoes are done."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--devices", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--warm-up", type=int, default=200)
    parser.add_argument("--echoes", type=int, default=3000)
    options = parser.parse_args()
    logging.getLogger("azure.iot.device").setLevel(logging.CRITICAL)
    with open(options.devices, encoding="utf-8") as file:
        connection_strings = file.read().splitlines()
    with open(options.ca, encoding="ascii") as file:
        authority = file.read()
    counter = Counter(options.warm_up, options.echoes)

    say("start")
    began, used = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(CONNECTING) as pool:
        clients = list(pool.map(lambda text: connect(text, authority, counter), connection_strings))
    say(
        "ready",
        devices=len(clients),
        seconds=time.monotonic() - began,
        cpu_seconds=time.process_time() - used,
    )
    counter.done.wait()
    (first, first_used), (last, last_used) = counter.marks
    say("done", echoes=options.echoes, seconds=last - first, cpu_seconds=last_used - first_used)
    sys.stdout.flush()
    # Shutting hundreds of clients down takes longer than all that was measured.
    os._exit(0)


if __name__ == "__main__":
    main()
