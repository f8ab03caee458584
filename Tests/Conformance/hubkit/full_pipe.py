"""A pipe that holds a program up at its first line, until the test lets it go on."""

import os


class FullPipe:
    """Standard output for a program that shall wait before it ends: the pipe takes nothing until it is read.

    The program needs two processors if it is to answer meanwhile.
    """

    def __init__(self):
        self._reader, self.end = os.pipe()
        os.set_blocking(self.end, False)
        self._filling = 0
        try:
            while True:
                self._filling += os.write(self.end, bytes(65536))
        except BlockingIOError:
            # The program inherits this, and is to wait.
            os.set_blocking(self.end, True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._reader)
        self._close_end()

    def _close_end(self):
        if self.end is not None:
            os.close(self.end)
            self.end = None

    def read(self):
        """Lets the program go on, and returns all that it writes."""
        self._close_end()
        data = bytearray()
        while part := os.read(self._reader, 65536):
            data += part
        return data[self._filling :].decode("utf-8")
