"""The gateway for a phone in the same network: by one word, and never by accident."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.local import lan, processes, welcome
from infra.local.ports import Ports
from infra.local.problems import CannotStart
from services.contracts.registry import NAMES


@pytest.mark.parametrize("asked", [None, "", "0", "no", "false"])
def test_nothing_is_open_unless_it_is_asked_for(asked: str | None) -> None:
    assert lan.host(asked) == ""
    assert lan.for_gateway("", "https://wlijo.id") == {}


@pytest.mark.parametrize("asked", ["192.168.1.5", "my-pc.local"])
def test_an_address_or_a_name_is_taken_as_it_is_said(asked: str) -> None:
    assert lan.host(asked) == asked


@pytest.mark.parametrize("asked", ["http://192.168.1.5", "192.168.1.5:4000", "a,b", "-x", "x" * 300, "a b", "*"])
def test_what_is_no_host_is_refused(asked: str) -> None:
    with pytest.raises(CannotStart, match="LAN="):
        lan.host(asked)


@pytest.mark.parametrize(
    ("own", "found"), [("192.168.1.5", "192.168.1.5"), ("127.0.0.1", None), ("0.0.0.0", None), ("", None)]
)
def test_one_is_the_address_by_which_this_machine_goes_out(
    monkeypatch: pytest.MonkeyPatch, own: str, found: str | None
) -> None:
    class Asking:
        def __init__(self, *_: Any) -> None: ...
        def __enter__(self) -> Asking:
            return self

        def __exit__(self, *_: object) -> None: ...
        def connect(self, _: object) -> None:
            if not own:
                raise OSError("no network")

        def getsockname(self) -> tuple[str, int]:
            return own, 1

    monkeypatch.setattr("infra.local.lan.socket.socket", Asking)
    if found is not None:
        assert lan.host("1") == found
        return
    with pytest.raises(CannotStart, match=r"LAN=192\.168\.1\.5"):
        lan.host("1")


def test_the_gateway_alone_listens_for_others(tmp_path: Path) -> None:
    keys: Any = SimpleNamespace(
        passwords=dict.fromkeys([f"{n}{r}" for n in NAMES for r in ("", "_owner")], "x"),
        quote_private=tmp_path,
        quote_public=tmp_path,
        issuer=tmp_path,
        tokens=tmp_path,
        tokens_public=tmp_path,
        codes=tmp_path,
        sessions=tmp_path,
        media=tmp_path,
        qris=tmp_path / "qris.pem",
        qris_public=tmp_path / "qris.pub.pem",
        qris_secret=tmp_path / "qris.key",
    )
    for name in ("qris.pem", "qris.pub.pem", "qris.key", "qris-provider.pub.pem"):
        (tmp_path / name).write_text("a key")
    home: Any = SimpleNamespace(run_id=lambda: "run", pgdata=tmp_path, media=tmp_path, path=tmp_path)
    broker: Any = SimpleNamespace(
        command=lambda: (),
        ports=(),
        topics=lambda _: (),
        as_service=lambda _: {},
        as_administrator=dict,
        as_partner=lambda _: {},
    )
    for reached_as, listens in (("", "127.0.0.1"), ("192.168.1.5", "0.0.0.0")):
        plan = processes.plan(home, Ports(), keys, broker, robots=(), reached_as=reached_as)
        assert plan.issuer is not None
        of = {one.name: one.environment for one in (*plan.apis, *plan.workers, plan.issuer)}
        assert of.pop("gateway")["HOST"] == listens
        assert {environment["HOST"] for environment in of.values()} == {"127.0.0.1"}
    assert "http://192.168.1.5:4000/graphql" in "\n".join(welcome.lines(Ports(), (), "kafka", "192.168.1.5"))
