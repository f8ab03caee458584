"""What the conformance suite and the benchmarks share: a hub in a process of its own, and its service API."""

from .hub import Hub, HubFailure
from .service import Service, ServiceFailure, device_connection_string, shared_access_signature

__all__ = [
    "Hub",
    "HubFailure",
    "Service",
    "ServiceFailure",
    "device_connection_string",
    "shared_access_signature",
]
