"""How many operations the plans of this process's schemas execute, and which have none."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakSet

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from services.kit.execution import Plans
from services.kit.observe import telemetry


class _Executions(Collector):
    def __init__(self) -> None:
        self.plans: WeakSet[Plans] = WeakSet()

    def collect(self) -> Iterator[Metric]:
        ways = CounterMetricFamily(
            "wlijo_graphql_executions",
            "Operations executed: `planned`, or why graphql-core executed them alone.",
            labels=["way"],
        )
        for way in sorted({way for plans in self.plans for way in plans.counts} | {"planned"}):
            ways.add_metric([way], sum(plans.counts[way] for plans in self.plans))
        yield ways
        interpreted = sum(plans.interpreted for plans in self.plans)
        yield CounterMetricFamily(
            "wlijo_graphql_selections_interpreted", "Selections of plans that no code was made for.", interpreted
        )
        kept = sum(plans.kept_bytes for plans in self.plans)
        yield GaugeMetricFamily("wlijo_graphql_plans_bytes", "Estimated size of the plans that are kept.", kept)


_EXECUTIONS = _Executions()
telemetry.REGISTRY.register(_EXECUTIONS)


def counted(plans: Plans) -> None:
    """From now on in the metrics."""
    _EXECUTIONS.plans.add(plans)
