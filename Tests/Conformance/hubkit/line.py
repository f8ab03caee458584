"""A piece of wire between device and hub that a test can cut."""

import contextlib
import socket
import threading

from .hub import MQTT_PORT, random_loopback_address


class Line:
    """Forwards TCP from one port, 8883 or another, of an address of its own to the same port of the hub."""

    def __init__(self, port=MQTT_PORT):
        self._port = port
        self._changed = threading.Condition()
        self._is_cut = False
        self._connections = set()
        self._target = None
        self._threads = []
        self.accepted = 0
        self._listener, self.address = self._listen(port)

    @staticmethod
    def _listen(port):
        attempts = 8
        while True:
            attempts -= 1
            address = random_loopback_address()
            try:
                return socket.create_server((address, port), backlog=64), address
            except OSError:
                if attempts == 0:
                    raise

    def forward_to(self, address):
        """Starts forwarding to the address."""
        self._target = (address, self._port)
        self._run(self._accept)

    def wait_for_connections(self, count, timeout):
        """Waits until that many connections have been let through since the line exists; False on time-out."""
        with self._changed:
            return self._changed.wait_for(lambda: self.accepted >= count, timeout)

    @contextlib.contextmanager
    def cut(self):
        """Ends every connection, and lets no new one through inside the block."""
        with self._changed:
            self._is_cut = True
            self._end_all()
        try:
            yield
        finally:
            with self._changed:
                self._is_cut = False

    def close(self):
        """Ends everything and waits for it."""
        # Shutting down wakes the thread that accepts; closing alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        with self._changed:
            self._is_cut = True
            self._end_all()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _end_all(self):
        for end in self._connections:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _run(self, body, *arguments):
        thread = threading.Thread(target=body, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            with self._changed:
                if self._is_cut:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(self._target)
                except OSError:
                    near.close()
                    continue
                self._connections |= {near, far}
                self.accepted += 1
                self._changed.notify_all()
            self._run(self._forward, near, far)

    def _forward(self, near, far):
        back = threading.Thread(target=self._pump, args=(far, near), daemon=True)
        back.start()
        self._pump(near, far)
        back.join()
        with self._changed:
            self._connections -= {near, far}
            near.close()
            far.close()

    @staticmethod
    def _pump(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
