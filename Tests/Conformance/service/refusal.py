"""How the hub refuses, and how the SDK tells of it."""

import contextlib

import pytest
from msrest.exceptions import HttpOperationError


class Refusal:
    """What the hub said."""

    message = None


@contextlib.contextmanager
def refused(status, code):
    """Holds that the SDK raises an error with this status, and that header and body name this code."""
    refusal = Refusal()
    with pytest.raises(HttpOperationError) as raised:
        yield refusal
    response = raised.value.response
    assert (response.status_code, response.headers["iothub-errorcode"]) == (status, code), response.text
    body = response.json()
    prefix = f"ErrorCode:{code};"
    assert body["Message"].startswith(prefix)
    assert body["ExceptionMessage"].startswith("Tracking ID:")
    refusal.message = body["Message"].removeprefix(prefix)
