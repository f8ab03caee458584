"""AMQP clients that are not ours, as the official SDKs use them, against the hub."""
