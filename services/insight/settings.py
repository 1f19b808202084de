"""What insight's worker is told by its environment."""

from __future__ import annotations

from services.kit.process.settings import Mode, WorkerSettings


def counts_tests(mode: Mode) -> bool:
    """Where every order is a trial, trials are what there is to see; what is published says so. In production they count for nothing."""
    return mode.deliveries_are_tests


class InsightWorker(WorkerSettings, frozen=True, kw_only=True):
    @property
    def counts_tests(self) -> bool:
        return counts_tests(self.mode)
