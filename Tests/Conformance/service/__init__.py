"""Microsoft's service SDK, unmodified, against the hub."""
