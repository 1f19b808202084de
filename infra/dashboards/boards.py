"""What ops look at, board by board. A figure is a query and how its lines are called; of alerts' meaning docs/alerts.md speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Unit = Literal["", "/s", "s", "B", "%"]


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    query: str
    by: tuple[str, ...] = ()
    """Labels by which lines are told apart."""
    unit: Unit = ""


@dataclass(frozen=True, slots=True)
class Board:
    key: str
    title: str
    panels: tuple[Panel, ...]


def _rate(metric: str, *by: str, where: str = "") -> str:
    return f"sum by ({', '.join(by)}) (rate({metric}{where}[5m]))" if by else f"sum(rate({metric}{where}[5m]))"


def _slowest(metric: str, *by: str, share: float = 0.99) -> str:
    return f"histogram_quantile({share}, sum by ({', '.join((*by, 'le'))}) (rate({metric}_bucket[5m])))"


_MARKET = (
    Panel("Alerts that call", 'sum by (alertname, severity) (ALERTS{alertstate="firing"})', ("alertname", "severity")),
    Panel("Processes that are expected and do not answer", "wlijo_process_expected unless on (process) (up == 1)", ("process",)),
    Panel("Orders under way, by the state of their process", "max by (state) (wlijo_orders_open)", ("state",)),
    Panel("Orders that want a person", "max(wlijo_orders_attention)"),
    Panel("What moves orders", _rate("wlijo_order_inputs_total", "input"), ("input",), "/s"),
    Panel("Offers that ended without a rider", _rate("wlijo_offers_closed_total", "answer"), ("answer",), "/s"),
    Panel("Trips that nobody takes", "max(wlijo_searches_wanting_a_person)"),
    Panel("Refunds, tickets and courier's jobs that wait for a person",
          "max(wlijo_refunds_by_hand) + max(wlijo_tickets_overdue) + max(wlijo_courier_jobs_by_hand)"),
    Panel("Payments' codes", _rate("wlijo_payment_codes_total", "outcome"), ("outcome",), "/s"),
    Panel("What companies report", _rate("wlijo_partner_replies_total", "outcome"), ("outcome",), "/s"),
    Panel("Companies' webhooks", _rate("wlijo_partner_webhook_attempts_total", "outcome"), ("outcome",), "/s"),
    Panel("Riders' positions", _rate("wlijo_partner_positions_total", "outcome"), ("outcome",), "/s"),
)  # fmt: skip

_GATEWAY = (
    Panel("Requests, by what became of them", _rate("wlijo_gateway_requests_total", "protocol", "outcome"), ("protocol", "outcome"), "/s"),
    Panel("Operations: 99 of 100 are done within", _slowest("wlijo_gateway_operation_seconds", "type"), ("type",), "s"),
    Panel("Subgraphs: 99 of 100 answer within", _slowest("wlijo_gateway_subgraph_seconds", "subgraph"), ("subgraph",), "s"),
    Panel("Subgraphs: requests that failed", _rate("wlijo_gateway_subgraph_seconds_count", "subgraph", "outcome", where='{outcome!="ok"}'),
          ("subgraph", "outcome"), "/s"),
    Panel("Missing behind the gateway, for", "max by (part) (wlijo_gateway_missing_seconds)", ("part",), "s"),
    Panel("Errors, by code", _rate("wlijo_gateway_operation_errors_total", "code"), ("code",), "/s"),
    Panel("Under way", "sum(wlijo_gateway_in_flight)"),
    Panel("Open subscriptions", "sum(wlijo_gateway_subscriptions)"),
    Panel("Open connections", "sum(wlijo_gateway_connections)"),
    Panel("Turned away: more than one caller's share", _rate("wlijo_gateway_shares_refused_total", "what"), ("what",), "/s"),
    Panel("Turned away: connections", _rate("wlijo_gateway_connections_refused_total", "why"), ("why",), "/s"),
    Panel("Found in caches", 'sum by (cache) (rate(wlijo_gateway_cache_lookups_total{result="hit"}[5m]))'
          " / sum by (cache) (rate(wlijo_gateway_cache_lookups_total[5m])) * 100", ("cache",), "%"),
)  # fmt: skip

_EVENTS = (
    Panel("Told and not yet sent", "max by (instance, process) (wlijo_outbox_pending)", ("process",)),
    Panel("The oldest that is not sent", "max by (instance, process) (wlijo_outbox_oldest_seconds)", ("process",), "s"),
    Panel("Consumers behind, records", "max by (consumer, topic) (wlijo_consumer_lag_records) > 0", ("consumer", "topic")),
    Panel("Received, by what became of it", _rate("wlijo_inbox_events_total", "consumer", "outcome"), ("consumer", "outcome"), "/s"),
    Panel("Waiting, parked, dead", "max by (consumer, kind) (wlijo_inbox_trouble) > 0", ("consumer", "kind")),
    Panel("Partitions, by consumer", "sum by (consumer) (wlijo_consumer_partitions)", ("consumer",)),
    Panel("Timers, by what became of them", _rate("wlijo_timers_total", "kind", "outcome"), ("kind", "outcome"), "/s"),
    Panel("Batches in the fullest partition", "max by (process) (wlijo_relay_partition_batches)", ("process",)),
)  # fmt: skip

_PEOPLE = (
    Panel("Messages, by what became of each try", _rate("wlijo_messages_total", "channel", "outcome"), ("channel", "outcome"), "/s"),
    Panel("Messages that are due", "max by (channel, kind) (wlijo_messages_waiting)", ("channel", "kind")),
    Panel("The oldest that is due", "max by (channel, kind) (wlijo_messages_oldest_seconds)", ("channel", "kind"), "s"),
    Panel("Left of the day's budget", "min by (channel) (wlijo_messages_budget_left_ratio) * 100", ("channel",), "%"),
    Panel("What providers tell of messages", _rate("wlijo_message_receipts_total", "outcome"), ("outcome",), "/s"),
)  # fmt: skip

_PROCESSES = (
    Panel("Ready", "min by (process) (wlijo_ready)", ("process",)),
    Panel("CPU, percent of a core", "sum by (process) (rate(process_cpu_seconds_total[5m])) * 100", ("process",), "%"),
    Panel("Memory", "sum by (process) (process_resident_memory_bytes)", ("process",), "B"),
    Panel("Open files", "max by (process) (process_open_fds)", ("process",)),
    Panel("HTTP: requests", _rate("wlijo_http_request_seconds_count", "process"), ("process",), "/s"),
    Panel("HTTP: 99 of 100 are answered within", _slowest("wlijo_http_request_seconds", "process"), ("process",), "s"),
    Panel("GraphQL errors, by code", _rate("wlijo_graphql_errors_total", "process", "code"), ("process", "code"), "/s"),
)  # fmt: skip

BOARDS = (
    Board("market", "The market", _MARKET),
    Board("gateway", "The gateway", _GATEWAY),
    Board("events", "Events", _EVENTS),
    Board("messages", "Messages to people", _PEOPLE),
    Board("processes", "Processes", _PROCESSES),
)
