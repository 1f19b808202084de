"""What the gateway counts, for Prometheus."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from gateway.executor.breaker import Breaker
from gateway.protocols.connections import Connections
from gateway.shares import Shares
from services.kit.cache import Counts

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
# Names come from clients: so many are told apart, first come first served, the rest are one.
_OPERATIONS = 200
OTHERS = "(others)"
UNNAMED = "(unnamed)"


class Metrics:
    """One registry per process, made with the app, so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter(
            "wlijo_gateway_requests",
            "Requests by protocol and outcome",
            ["protocol", "outcome"],
            registry=self.registry,
        )
        self.operation_seconds = Histogram(
            "wlijo_gateway_operation_seconds",
            "Queries and mutations that ran, by name; some hundred names are told apart",
            ["operation", "type"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.operation_errors = Counter(
            "wlijo_gateway_operation_errors",
            "Errors in the answers to an operation, by code",
            ["operation", "code"],
            registry=self.registry,
        )
        self.subgraph_seconds = Histogram(
            "wlijo_gateway_subgraph_seconds",
            "Requests to subgraphs",
            ["subgraph", "outcome"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.ready = Gauge("wlijo_ready", "1 while the process can do its work.", registry=self.registry)
        self.missing = Gauge(
            "wlijo_gateway_missing_seconds",
            "How long a subgraph has not answered, or an issuer's keys could not be had; those that are there have no row",
            ["part"],
            registry=self.registry,
        )
        self.in_flight = Gauge("wlijo_gateway_in_flight", "Requests under way", registry=self.registry)
        self.subscriptions = Gauge("wlijo_gateway_subscriptions", "Open subscriptions", registry=self.registry)
        self.reloads = Counter(
            "wlijo_gateway_reloads",
            "Times a watched file was read again, by outcome (taken, refused)",
            ["file", "outcome"],
            registry=self.registry,
        )
        self._names: set[str] = set()

    def name(self, operation: str) -> str:
        """The label for an operation's name."""
        if not operation:
            return UNNAMED
        if operation not in self._names:
            if len(self._names) >= _OPERATIONS:
                return OTHERS
            self._names.add(operation)
        return operation

    def miss(self, for_s: Mapping[str, float]) -> None:
        self.missing.clear()
        for part, seconds in for_s.items():
            self.missing.labels(part).set(seconds)

    def on_subgraph(self, subgraph: str, outcome: str, seconds: float) -> None:
        self.subgraph_seconds.labels(subgraph, outcome).observe(seconds)

    def watch(
        self,
        caches: Callable[[], dict[str, Counts]],
        breakers: Callable[[], dict[str, Breaker]],
        untrusted: Callable[[], int],
        connections: Connections,
        shares: Mapping[str, Shares],
    ) -> None:
        """Reads the counts of others when somebody asks."""
        self.registry.register(_Counted(caches, breakers, untrusted, connections, shares))


class _Counted(Collector):
    def __init__(
        self,
        caches: Callable[[], dict[str, Counts]],
        breakers: Callable[[], dict[str, Breaker]],
        untrusted: Callable[[], int],
        connections: Connections,
        shares: Mapping[str, Shares],
    ) -> None:
        self._caches, self._breakers, self._untrusted = caches, breakers, untrusted
        self._connections, self._shares = connections, shares

    def collect(self) -> Iterator[Metric]:
        lookups = CounterMetricFamily(
            "wlijo_gateway_cache_lookups", "Looks into a cache, by result", labels=["cache", "result"]
        )
        evictions = CounterMetricFamily(
            "wlijo_gateway_cache_evictions", "Entries that made room for others", labels=["cache"]
        )
        size = GaugeMetricFamily("wlijo_gateway_cache_bytes", "Estimated size of a cache", labels=["cache"])
        entries = GaugeMetricFamily("wlijo_gateway_cache_entries", "Entries of a cache", labels=["cache"])
        for name, counts in self._caches().items():
            lookups.add_metric([name, "hit"], counts.hits)
            lookups.add_metric([name, "miss"], counts.misses)
            evictions.add_metric([name], counts.evictions)
            size.add_metric([name], counts.size)
            entries.add_metric([name], counts.entries)
        yield from (lookups, evictions, size, entries)
        circuit = GaugeMetricFamily(
            "wlijo_gateway_circuit", "0 closed, 1 half open, 2 open: the subgraph is left alone", labels=["subgraph"]
        )
        opened = CounterMetricFamily("wlijo_gateway_circuit_opened", "Times a circuit opened", labels=["subgraph"])
        refused = CounterMetricFamily(
            "wlijo_gateway_circuit_refused",
            "Requests that were not sent because a circuit was open",
            labels=["subgraph"],
        )
        for name, breaker in self._breakers().items():
            circuit.add_metric([name], {"closed": 0, "half-open": 1, "open": 2}[breaker.state])
            opened.add_metric([name], breaker.opened)
            refused.add_metric([name], breaker.refused)
        yield from (circuit, opened, refused)
        yield GaugeMetricFamily("wlijo_gateway_connections", "Open connections", value=self._connections.open)
        turned_away = CounterMetricFamily(
            "wlijo_gateway_connections_refused",
            "Connections that one address (address) or the process (all) had too many of",
            labels=["why"],
        )
        for why, count in self._connections.refused.items():
            turned_away.add_metric([why], count)
        yield turned_away
        too_many = CounterMetricFamily(
            "wlijo_gateway_shares_refused", "What was more than one caller's share of it", labels=["what"]
        )
        for what, share in self._shares.items():
            too_many.add_metric([what], share.refused)
        yield too_many
        yield CounterMetricFamily(
            "wlijo_gateway_untrusted_documents",
            "New documents that were not on the list of trusted ones",
            value=self._untrusted(),
        )
