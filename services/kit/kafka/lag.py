"""What this process's consumers have not read yet. Also an api says so of itself, which has none: it needs no client for that."""

from prometheus_client import Gauge

from services.kit.observe import telemetry

LAG = Gauge(
    "wlijo_consumer_lag_records",
    "Records of the log that this consumer has not read yet, by topic",
    ("consumer", "topic"),
    registry=telemetry.REGISTRY,
)


def unread() -> dict[tuple[str, str], int]:
    """Records of the log that this process's consumers have not read yet, by consumer and topic."""
    return {
        (sample.labels["consumer"], sample.labels["topic"]): int(sample.value)
        for metric in LAG.collect()
        for sample in metric.samples
    }
