"""What the AMQP tests share; hub and devices are those of the whole suite."""

import contextlib

import pytest

from .dialects import Connection


@pytest.fixture
def connections(hub):
    """Makes connections; they are closed after the test."""
    with contextlib.ExitStack() as clean_up:

        def connect(dialect, certificate=None):
            connection = Connection(hub, dialect, certificate)
            clean_up.callback(connection.close)
            return connection

        yield connect
