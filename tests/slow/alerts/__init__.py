"""Each alert of docs/alerts.md: its cause is done to a whole installation, a real Prometheus calls, and what the page says ends it."""

from tests.slow.alerts import of_copies, of_events, of_messages, of_orders, of_outsiders, of_processes
from tests.slow.alerts.cause import CAUSES as CAUSES

__all__ = ["CAUSES", "of_copies", "of_events", "of_messages", "of_orders", "of_outsiders", "of_processes"]
