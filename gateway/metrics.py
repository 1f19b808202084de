"""What the gateway counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """One registry per process, made with the app, so that tests can have several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "wlijo_gateway_requests",
            "Requests by protocol and outcome",
            ["protocol", "outcome"],
            registry=self.registry,
        )
        self.plans = Counter("wlijo_gateway_plan_lookups", "Plan cache by result", ["result"], registry=self.registry)
        self.subgraph_seconds = Histogram(
            "wlijo_gateway_subgraph_seconds",
            "Requests to subgraphs",
            ["subgraph", "outcome"],
            buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=self.registry,
        )
        self.in_flight = Gauge("wlijo_gateway_in_flight", "Requests under way", registry=self.registry)
        self.subscriptions = Gauge("wlijo_gateway_subscriptions", "Open subscriptions", registry=self.registry)
        self._hit, self._miss = self.plans.labels("hit"), self.plans.labels("miss")

    def on_plan(self, hit: bool) -> None:
        (self._hit if hit else self._miss).inc()

    def on_subgraph(self, subgraph: str, outcome: str, seconds: float) -> None:
        self.subgraph_seconds.labels(subgraph, outcome).observe(seconds)
