"""From the broker's file and the passwords of the release before to those of this one, and no further until that is settled."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from infra.kafka.throwaway import ThrowAway, prepare
from services.contracts.registry import NAMES
from services.kit.kafka.admin import Credential, administering
from services.kit.kafka.cluster import Cluster, Mechanism
from services.kit.secret import Secret
from tests.kafka.conftest import Locked, opens, password

BEFORE = {"listener.name.inner.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN"}


@pytest.fixture
def of_before(tmp_path: Path) -> Iterator[Locked]:
    """A broker with the file of 0.1.0, where services have passwords as 0.1.0 makes them."""
    prepare()
    (tmp_path / "users").mkdir()
    for name in NAMES:
        (tmp_path / "users" / name).write_text(password(name) + "\n")
    made = Locked(ThrowAway(tmp_path / "kafka", extra=BEFORE), tmp_path / "users")
    try:
        made.kafka.start()
        asyncio.run(as_before(made.kafka.admin))
        yield made
    finally:
        made.kafka.kill()


async def as_before(administrator: Cluster) -> None:
    passwords = {Credential(name, Mechanism.SCRAM_SHA_512): Secret(password(name)) for name in NAMES}
    async with administering(administrator) as admin:
        await admin.set_passwords(passwords)


def given_todays_file(kafka: ThrowAway) -> None:
    for broker in kafka.brokers:
        broker.stop()
        text = broker.properties.read_text()
        for key, value in BEFORE.items():
            text = text.replace(f"{key}={value}\n", "")
        broker.configure(text)
    kafka.start()


def test_services_of_both_releases_log_in_until_it_is_settled(of_before: Locked) -> None:
    old = [replace(of_before.service(name), mechanism=Mechanism.SCRAM_SHA_512) for name in NAMES]
    outside = [of_before.kafka.partner(name, password(name)) for name in NAMES]
    assert all(map(opens, [*old, *outside]))

    # A broker that was not started anew: it is said by name, and who works goes on.
    done = of_before.provision("apply")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        f"the listener {of_before.kafka.servers} does not take SCRAM-SHA-256: the broker was started with another file"
    )
    assert all(map(opens, old))

    given_todays_file(of_before.kafka)
    of_before.applied()
    new = [of_before.service(name) for name in NAMES]
    assert all(map(opens, [*old, *new]))
    again = of_before.applied()
    assert again[0] == "nothing to do"
    assert [line.split()[2] for line in again[1:]] == sorted(NAMES)

    assert of_before.provision("settle").returncode == 0
    assert all(map(opens, new))
    assert not any(map(opens, [*old, *outside]))
    assert of_before.applied() == ["nothing to do"]
