"""The command that ops use: what is declared comes to be, once; a suspension holds; what is weak or wrong is refused by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from msgspec.structs import replace

from infra.ops.heard import heard_by
from infra.ops.provision.declaration import credential, interdict, rights_of_partner
from services.catalog.app import SERVICE as CATALOG
from services.contracts.registry import NAMES
from services.delivery.app import SERVICE as DELIVERY
from services.kit.kafka.admin import Acl, Credential, Operation, Resource, administering
from services.kit.kafka.cluster import Cluster, Mechanism
from services.kit.process.service import Service
from services.kit.secret import Secret
from services.ordering.app import SERVICE as ORDERING
from tests.kafka.conftest import ONE, TWO, Locked, opens, password
from tests.worlds import servers

BOTH = ("--partner", str(ONE), "--partner", str(TWO))


def acls_of(cluster: Locked, user: object) -> set[Acl]:
    async def read() -> set[Acl]:
        async with administering(cluster.kafka.admin) as admin:
            return {acl for acl in await admin.acls() if acl.user == str(user)}

    return asyncio.run(read())


def mechanisms_of(cluster: Locked, user: object) -> set[Mechanism]:
    """For which there is a password of his."""

    async def read() -> set[Mechanism]:
        async with administering(cluster.kafka.admin) as admin:
            return {each.mechanism for each in await admin.credentials() if each.user == str(user)}

    return asyncio.run(read())


@pytest.mark.parametrize("service", [CATALOG, ORDERING, DELIVERY])
def test_a_service_may_read_what_it_has_handlers_for(service: Service) -> None:
    hears = {topic for each in service.hears for topic in each.handlers.topics()}
    assert set(heard_by(service.name)) == hears


def test_a_second_run_finds_nothing_to_do(cluster: Locked) -> None:
    assert cluster.applied(*BOTH) == ["nothing to do"]
    assert cluster.provision("plan", *BOTH).stdout == "nothing to do\n"


def test_without_a_list_of_partners_those_of_the_cluster_stay(cluster: Locked) -> None:
    assert cluster.applied() == ["nothing to do"]


def test_what_other_hands_have_changed_is_put_right(cluster: Locked) -> None:
    too_much = Acl(str(ONE), Resource.TOPIC, "ordering.orders", Operation.READ)
    topic = f"partner.{ONE}.replies.v1"

    async def meddle() -> None:
        async with administering(cluster.kafka.admin) as admin:
            await admin.create_acls([too_much])
            await admin.set_quotas({str(ONE): {"producer_byte_rate": 1e9}})
            await admin.set_topic_settings({topic: {"max.message.bytes": "9000000"}})

    asyncio.run(meddle())
    assert cluster.applied() == [
        f"~ topic {topic}: max.message.bytes=131072",
        f"- {too_much}",
        f"+ quota of {ONE}: producer_byte_rate=262144",
    ]
    assert cluster.applied() == ["nothing to do"]


def test_a_new_password_file_is_a_new_password(cluster: Locked) -> None:
    file = cluster.users / "ordering"
    before = file.read_text()
    try:
        file.write_text("another-password-of-ordering\n")
        assert cluster.applied() == ["+ password of ordering (SCRAM-SHA-256)"]
        assert cluster.applied() == ["nothing to do"]
    finally:
        file.write_text(before)
        assert cluster.applied() == ["+ password of ordering (SCRAM-SHA-256)"]


@pytest.fixture
def as_before(cluster: Locked) -> Iterator[Cluster]:
    """The cluster as the release before has left it for ordering: a password for SCRAM-SHA-512 alone. How its image logs in."""
    now, before = credential("ordering"), Credential("ordering", Mechanism.SCRAM_SHA_512)

    async def go_back() -> None:
        async with administering(cluster.kafka.admin) as admin:
            await admin.delete_passwords([now])
            await admin.set_passwords({before: Secret(password("ordering"))})

    asyncio.run(go_back())
    yield replace(cluster.service("ordering"), mechanism=Mechanism.SCRAM_SHA_512)
    cluster.applied()
    assert cluster.provision("settle").returncode == 0


KEPT = "  password of ordering (SCRAM-SHA-512) stays for the release before, and opens the partners' listener: `settle` ends it"


def test_an_upgrade_keeps_the_password_by_which_the_image_before_logs_in(cluster: Locked, as_before: Cluster) -> None:
    assert cluster.applied() == ["+ password of ordering (SCRAM-SHA-256)", KEPT]
    assert cluster.applied() == ["nothing to do", KEPT]
    assert opens(cluster.service("ordering"))
    assert opens(as_before)


def test_a_release_that_is_settled_ends_the_password_of_the_image_before(cluster: Locked, as_before: Cluster) -> None:
    cluster.applied()
    outside = cluster.kafka.partner("ordering", password("ordering"))
    assert opens(outside)
    settled = cluster.provision("settle").stdout.splitlines()
    assert settled == ["- password of ordering (SCRAM-SHA-512)"]
    assert not opens(as_before)
    assert not opens(outside)
    assert opens(cluster.service("ordering"))
    assert cluster.provision("settle").stdout == "nothing to do\n"
    assert cluster.applied() == ["nothing to do"]


def test_a_password_that_is_changed_while_the_image_before_may_come_back_is_changed_for_both(
    cluster: Locked, as_before: Cluster
) -> None:
    """Who rotates a password means the old one to be worth nothing anywhere, and the image before to read the new one."""
    cluster.applied()
    file = cluster.users / "ordering"
    before = file.read_text()
    try:
        file.write_text("another-password-of-ordering\n")
        assert cluster.applied() == [
            "+ password of ordering (SCRAM-SHA-256)",
            "+ password of ordering (SCRAM-SHA-512)",
            KEPT,
        ]
        assert cluster.applied() == ["nothing to do", KEPT]
        assert not opens(as_before)
        assert opens(replace(as_before, password=Secret("another-password-of-ordering")))
    finally:
        file.write_text(before)
        cluster.applied()


def test_a_new_installation_has_no_password_for_the_image_before(cluster: Locked) -> None:
    assert all(mechanisms_of(cluster, name) == {Mechanism.SCRAM_SHA_256} for name in NAMES)
    assert mechanisms_of(cluster, ONE) == {Mechanism.SCRAM_SHA_512}


def test_a_password_of_a_partner_by_which_only_services_log_in_goes(cluster: Locked) -> None:
    by_other_hands = Credential(str(ONE), Mechanism.SCRAM_SHA_256)

    async def meddle() -> None:
        async with administering(cluster.kafka.admin) as admin:
            await admin.set_passwords({by_other_hands: Secret(password(ONE))})

    asyncio.run(meddle())
    assert cluster.applied() == [f"- password of {by_other_hands}"]
    assert cluster.applied() == ["nothing to do"]


def test_a_suspension_is_remembered_by_the_cluster_until_it_is_lifted(cluster: Locked) -> None:
    said = cluster.provision("suspend", str(TWO)).stdout.splitlines()
    # Interdict and rights before the password: open connections feel only those.
    assert said[0] == f"+ {interdict(TWO)}"
    assert said[-2] == f"- password of {TWO} (SCRAM-SHA-512)"
    assert acls_of(cluster, TWO) == {interdict(TWO)}
    assert mechanisms_of(cluster, TWO) == set()
    not_told = "delivery was not told: its DATABASE_URL is missing"
    assert cluster.provision("suspend", str(TWO)).stdout.splitlines() == ["nothing to do", not_told]
    assert cluster.applied(*BOTH) == ["nothing to do"]

    assert cluster.provision("resume", str(TWO)).returncode == 0
    assert acls_of(cluster, TWO) == rights_of_partner(TWO)
    assert mechanisms_of(cluster, TWO) == {Mechanism.SCRAM_SHA_512}
    assert cluster.applied(*BOTH) == ["nothing to do"]


def test_a_suspension_is_felt_in_delivery_too(cluster: Locked, database: Callable[[str], servers.TestDatabase]) -> None:
    url = database("delivery").url

    async def known() -> None:
        conn = await asyncpg.connect(url)
        await conn.execute("INSERT INTO partner (id, name, status) VALUES ($1, 'Ojek Dua', 'ACTIVE')", TWO)
        await conn.close()

    asyncio.run(known())
    said = cluster.provision("suspend", str(TWO), DATABASE_URL=url).stdout.splitlines()
    assert said[-1].startswith(f"~ {TWO} was ACTIVE in delivery and is PAUSED")
    said = cluster.provision("resume", str(TWO), *BOTH, DATABASE_URL=url).stdout.splitlines()
    assert said[-1] == f"{TWO} is PAUSED in delivery: it gets jobs once setPartnerStatus says so"
    assert cluster.applied(*BOTH) == ["nothing to do"]


def test_a_partner_who_is_not_declared_any_more_loses_rights_and_password_and_keeps_his_topics(cluster: Locked) -> None:
    by_other_hands = Credential(str(TWO), Mechanism.SCRAM_SHA_256)

    async def meddle() -> None:
        async with administering(cluster.kafka.admin) as admin:
            await admin.set_passwords({by_other_hands: Secret(password(TWO))})

    asyncio.run(meddle())
    said = cluster.applied("--partner", str(ONE))
    assert {f"- password of {TWO} (SCRAM-SHA-512)", f"- password of {by_other_hands}"} <= set(said)
    assert mechanisms_of(cluster, TWO) == set()
    assert f"  topic partner.{TWO}.jobs.v1 is not declared and stays" in said
    assert acls_of(cluster, TWO) == set()
    cluster.applied(*BOTH)
    assert acls_of(cluster, TWO) == rights_of_partner(TWO)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("ordering", None, "ordering is missing"),
        ("ordering", "short", "ordering holds a password of less than 16 characters"),
    ],
)
def test_a_missing_or_weak_password_is_refused_before_anything_is_done(
    cluster: Locked, tmp_path: Path, name: str, content: str | None, complaint: str
) -> None:
    for file in cluster.users.iterdir():
        (tmp_path / file.name).write_text(file.read_text())
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_text(content)
    done = cluster.provision("apply", KAFKA_USERS_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.strip().endswith(complaint)
    assert cluster.applied() == ["nothing to do"]


def test_a_wrong_password_and_a_broker_that_is_away_are_told_apart(cluster: Locked) -> None:
    wrong = cluster.provision("plan", "--wait", "0", KAFKA_PASSWORD="not-the-administrator")
    away = cluster.provision("plan", "--wait", "0", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:9")
    assert (wrong.returncode, away.returncode) == (1, 1)
    assert "refuses user admin: wrong password, or no such user" in wrong.stderr
    assert "unreachable" in away.stderr
