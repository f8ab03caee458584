"""Metrics during real traffic, as Prometheus sees them."""
