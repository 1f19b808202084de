"""What `make up` says at its end: everything that somebody new needs to find."""

from __future__ import annotations

from infra.local import welcome
from infra.local.ports import Ports


def test_it_says_where_the_inbox_is_and_how_one_signs_in() -> None:
    said = "\n".join(welcome.lines(Ports(base=14_000), (), "kafka"))
    for each in ("http://127.0.0.1:14000/graphql", "http://127.0.0.1:14000/inbox", "Signing in, and headers"):
        assert each in said
