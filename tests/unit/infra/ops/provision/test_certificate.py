"""A broker's network threads read a new certificate one after another: it is shown when all of them show it."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from cryptography import x509

from infra.kafka import tls
from infra.ops.provision import certificate
from infra.ops.provision.certificate import Given
from services.kit.kafka.admin import Admin

PORT = 9093


def made(folder: Path) -> Given:
    folder.mkdir()
    tls.ensure(folder, "kafka.pasar.example")
    return Given(tls.shown(folder))


class Broker:
    """Its threads take connections in turn; each shows the new certificate after so many of its own, once it was asked to look again."""

    def __init__(self, old: Given, new: Given, late: list[int]) -> None:
        self.old, self.new, self.late, self.told, self.turn = old, new, late, False, 0

    async def brokers(self) -> dict[int, str]:
        return {1: "kafka"}

    async def broker_setting(self, _: int, name: str) -> str:
        return {"listeners": f"PARTNERS://:{PORT}", "num.network.threads": str(len(self.late))}[name]

    async def look_again(self, *_: object) -> None:
        self.told = True

    async def shown(self, *_: object) -> x509.Certificate:
        thread = self.turn % len(self.late)
        self.turn += 1
        if not self.told:
            return self.old.leaf
        self.late[thread] -= 1
        return self.old.leaf if self.late[thread] >= 0 else self.new.leaf


@pytest.mark.parametrize("late", [[0], [0, 0], [0, 3], [3, 0], [0, 1, 7]])
async def test_it_is_shown_when_every_thread_shows_it(
    late: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = made(tmp_path / "old"), made(tmp_path / "new")
    broker, said = Broker(old, new, late), list[str]()
    monkeypatch.setattr(certificate, "_shown", broker.shown)
    monkeypatch.setattr(certificate, "_EVERY_S", 0.0)
    assert await certificate.renew(cast("Admin", broker), new, said.append)
    assert [each.endswith("without a start") for each in said] == [True]
    assert [await broker.shown() for _ in late] == [new.leaf] * len(late)


async def test_one_thread_that_never_does_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = made(tmp_path / "old"), made(tmp_path / "new")
    broker, said = Broker(old, new, [0, 1_000_000]), list[str]()
    monkeypatch.setattr(certificate, "_shown", broker.shown)
    monkeypatch.setattr(certificate, "_EVERY_S", 0.0)
    assert not await certificate.renew(cast("Admin", broker), new, said.append)
    assert "start it anew" in said[0]
