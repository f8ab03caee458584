"""Changes desired properties as fast as hub and devices take them."""

import threading

# Most items in one bulk request.
LARGEST_BULK = 100
# Requests under way at once; more only queue up in the hub.
CONNECTIONS = 4
# Between two looks at devices that have all they may have, in seconds.
PAUSE = 0.001


class Batch:
    """Devices that are changed with one request."""

    def __init__(self, ids, number):
        item = (
            '{{"id":"{}","importMode":"updateTwin","properties":{{"desired":'
            '{{"n":@,"speed":{{"type":"5G"}},"telemetryInterval":30}}}}}}'
        )
        self.template = "[" + ",".join(item.format(id) for id in ids) + "]"
        # The hub handles the last item last.
        self.probe = ids[-1]
        self.sent = number
        self.echoed = number


class Saturation:
    """Keeps a window of changes under way for every device, from start to stop.

    How far the devices are is read from a twin of each batch, so the devices need not say so.
    """

    def __init__(self, service, ids, window, number):
        size = min(LARGEST_BULK, -(-len(ids) // CONNECTIONS))
        batches = [Batch(ids[start : start + size], number) for start in range(0, len(ids), size)]
        self._service = service
        self._window = window
        self._batches = batches
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(batches[first::CONNECTIONS],), daemon=True)
            for first in range(min(CONNECTIONS, len(batches)))
        ]
        self.failure = None

    def start(self):
        """Starts to send."""
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Stops sending; returns the highest number sent and raises what went wrong."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        if self.failure is not None:
            raise self.failure
        return max(batch.sent for batch in self._batches)

    def _run(self, batches):
        try:
            while not self._stopping.is_set():
                moved = False
                for batch in batches:
                    moved |= self._feed(batch)
                if not moved:
                    self._stopping.wait(PAUSE)
        except Exception as failure:  # Handed to the thread that waits in stop().
            self.failure = failure

    def _feed(self, batch):
        if batch.sent - batch.echoed >= self._window:
            reported = self._service.twin(batch.probe)["properties"]["reported"].get("n", 0)
            batch.echoed = max(batch.echoed, reported)
            if batch.sent - batch.echoed >= self._window:
                return False
        batch.sent += 1
        self._service.request("POST", "/devices", batch.template.replace("@", str(batch.sent)))
        return True
