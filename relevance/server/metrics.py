"""What the server counts, as Prometheus reads it."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "relevance_requests", "Requests answered", ("method", "route", "status"), registry=REGISTRY
)
SECONDS = Histogram(
    "relevance_request_seconds", "Seconds to an answer", ("method", "route"), registry=REGISTRY
)
WAITING = Gauge(
    "relevance_encoder_waiting", "Requests that wait for the encoder", registry=REGISTRY
)
ENCODER_SECONDS = Histogram(
    "relevance_encoder_seconds", "Seconds of a batch in the encoder", ("kind",), registry=REGISTRY
)
ENCODER_FAILURES = Counter(
    "relevance_encoder_failures",
    "Batches that failed in the encoder, and requests that then failed by themselves",
    ("kind",),
    registry=REGISTRY,
)


def exposition() -> bytes:
    """Return all metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
