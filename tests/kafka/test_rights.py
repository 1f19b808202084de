"""The access matrix: every user, topic, operation and group, walked with a plain client, and what that client sees."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError

from infra.ops.provision.declaration import rights_of_partner, rights_of_service, rights_over_partner
from services.contracts.partner import Topics
from services.contracts.registry import NAMES, topics
from services.kit.kafka.admin import Operation, Resource
from services.kit.kafka.cluster import Cluster, Mechanism, Protocol
from services.kit.secret import Secret
from tests.kafka.conftest import ONE, TWO, Locked, opens, password
from tests.worlds.waiting import until

TOPICS = [*topics([ONE, TWO]), "wlijo.log"]
GROUPS = [f"{user}.log" for user in NAMES] + ["ordering-2.log", f"partner.{ONE}.riders", f"partner.{TWO}.riders"]
NO = "TopicAuthorizationFailedError"


async def seen(doing: Callable[[], Awaitable[object]]) -> str:
    """`yes`, or the name of the error."""
    try:
        async with asyncio.timeout(90):
            await doing()
    except (KafkaError, TimeoutError) as error:
        return type(error).__name__
    return "yes"


async def reading(cluster: Cluster, topic: str) -> str:
    client = AIOKafkaConsumer(
        topic, **cluster.options(), enable_auto_commit=False, auto_offset_reset="earliest", request_timeout_ms=5_000
    )

    async def read() -> None:
        await client.start()
        while not any(client.highwater(partition) is not None for partition in client.assignment()):
            await client.getmany(timeout_ms=50)  # until a fetch was answered, or refused

    try:
        return await seen(read)
    finally:
        await closed(client)


async def writing(client: AIOKafkaProducer, topic: str) -> str:
    return await seen(lambda: client.send_and_wait(topic, b"{}", key=b"probe", partition=0))


async def grouping(cluster: Cluster, group: str, readable: str) -> str:
    """The group's position in a topic that the user may read anyway is asked for."""
    topic = TopicPartition(readable, 0)
    client = AIOKafkaConsumer(**cluster.options(), group_id=group, enable_auto_commit=False)

    async def ask() -> None:
        client.assign([topic])
        await client.committed(topic)

    await client.start()
    try:
        return await seen(ask)
    finally:
        await closed(client)


async def closed(client: Any) -> None:
    with suppress(TimeoutError, KafkaError):
        async with asyncio.timeout(5):
            await client.stop()


def expected(user: str, topic: str, operation: Operation) -> bool:
    """By the declaration: the walk proves that the broker does what is declared, the columns below that it is what is meant."""
    rights = {acl for service in NAMES for acl in rights_of_service(service)}
    for partner in (ONE, TWO):
        rights |= rights_of_partner(partner) | rights_over_partner(partner)
    return any(
        acl.user == user
        and acl.resource is Resource.TOPIC
        and acl.operation is operation
        and (topic.startswith(acl.name) if acl.prefixed else topic == acl.name)
        for acl in rights
    )


async def test_every_user_can_do_with_every_topic_and_group_what_is_declared_and_nothing_else(cluster: Locked) -> None:
    users: dict[str, Cluster] = {name: cluster.service(name) for name in NAMES}
    users |= {str(each): cluster.partner(each) for each in (ONE, TWO)}
    rows: list[str] = []
    short = {str(ONE): "ptn_one", str(TWO): "ptn_two"}

    def named(text: str) -> str:
        for full, brief in short.items():
            text = text.replace(full, brief)
        return text

    for user, reached in users.items():
        producer = AIOKafkaProducer(**reached.options(), acks="all", request_timeout_ms=5_000)
        await producer.start()
        try:
            for topic in TOPICS:
                read, write = await reading(reached, topic), await writing(producer, topic)
                rows.append(f"{named(user):10} {named(topic):30} read {read:32} write {write}")
                assert read == ("yes" if expected(user, topic, Operation.READ) else NO), rows[-1]
                assert write == ("yes" if expected(user, topic, Operation.WRITE) else NO), rows[-1]
        finally:
            await closed(producer)
        readable = next(topic for topic in TOPICS if expected(user, topic, Operation.READ))
        for group in GROUPS:
            answer = await grouping(reached, group, readable)
            own = group.startswith((f"{user}.", f"{user}-", f"partner.{user}."))
            rows.append(f"{named(user):10} group {named(group):24} {answer}")
            assert answer == ("yes" if own else "GroupAuthorizationFailedError"), rows[-1]
    print("\n".join(rows))
    # What is meant, said once without the declaration: a partner reads his own three topics and writes two of them.
    lines = [row for row in rows if row.startswith("ptn_one") and " group " not in row]
    assert {row.split()[1] for row in lines if " read yes" in row} == {
        f"partner.ptn_one.{what}.v1" for what in ("jobs", "replies", "locations")
    }
    assert {row.split()[1] for row in lines if " write yes" in row} == {
        f"partner.ptn_one.{what}.v1" for what in ("replies", "locations")
    }


async def test_a_partner_sees_no_topic_and_no_group_but_his_own_and_makes_none(cluster: Locked) -> None:
    consumer = AIOKafkaConsumer(**cluster.partner(ONE).options())
    admin = AIOKafkaAdminClient(**cluster.partner(ONE).options())
    await consumer.start()
    await admin.start()
    try:
        assert await consumer.topics() == {*Topics.of(ONE)}
        (described,) = await admin.describe_topics(["ordering.orders"])
        assert described["error_code"] == 29
        (nothing,) = await admin.describe_topics(["no.such.topic"])
        assert nothing["error_code"] == 29  # the same: what there is cannot be told from what there is not
        created = await admin.create_topics([NewTopic(f"partner.{ONE}.mine", 1, 1)])
        assert [code for _, code, _ in created.topic_errors] == [29]
        groups = await admin.list_consumer_groups()
        assert all(name.startswith(f"partner.{ONE}.") for name, *_ in groups)
    finally:
        await closed(consumer)
        await admin.close()


async def test_a_partner_who_knows_host_ca_user_and_password_reads_and_replies(cluster: Locked) -> None:
    """As the contract tells him, with a client of his own."""
    jobs, replies, _ = Topics.of(ONE)
    how = {
        "bootstrap_servers": cluster.kafka.partner_servers,
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": str(ONE),
        "sasl_plain_password": password(ONE),
        "ssl_context": ssl.create_default_context(cafile=str(cluster.kafka.ca)),
    }
    delivery = AIOKafkaProducer(**cluster.service("delivery").options(), acks="all")
    consumer = AIOKafkaConsumer(jobs, group_id=f"partner.{ONE}.app", auto_offset_reset="earliest", **how)
    producer = AIOKafkaProducer(acks="all", enable_idempotence=True, **how)
    await delivery.start()
    await consumer.start()
    await producer.start()
    try:
        await delivery.send_and_wait(jobs, b'{"test": true}', key=b"dlv")
        async with asyncio.timeout(20):
            while (await consumer.getone()).value != b'{"test": true}':
                pass
            await producer.send_and_wait(replies, b"{}", key=b"dlv")
            await consumer.commit()
    finally:
        for client in (delivery, consumer, producer):
            await closed(client)


def strangers(cluster: Locked) -> dict[str, Cluster]:
    inner, partners = cluster.kafka.servers, cluster.kafka.partner_servers
    ca, wrong = cluster.kafka.ca.read_text(), Secret("a-wrong-password-0")
    scram, plain, within = Mechanism.SCRAM_SHA_512, Mechanism.PLAIN, Mechanism.SCRAM_SHA_256
    inside, outside = Protocol.SASL_PLAINTEXT, Protocol.SASL_SSL
    known = cluster.kafka.admin.password
    return {
        "a neighbour without credentials": Cluster(inner),
        "a neighbour without credentials, on the nodes' own listener": Cluster(
            f"127.0.0.1:{cluster.kafka.brokers[0].node.controller_port}"
        ),
        "a stranger at the partners' listener": Cluster(partners),
        "a service with a wrong password": Cluster(inner, inside, within, "ordering", wrong),
        "a user who does not exist": Cluster(inner, inside, within, "nobody", wrong),
        "a partner with a wrong password": Cluster(partners, outside, scram, str(ONE), wrong, ca),
        "a partner who does not know the CA": Cluster(partners, outside, scram, str(ONE), Secret(password(ONE))),
        "a service's user with PLAIN": Cluster(inner, inside, plain, "ordering", Secret(password("ordering"))),
        "a service by the partners' mechanism": Cluster(inner, inside, scram, "ordering", Secret(password("ordering"))),
        "a service from outside": Cluster(partners, outside, scram, "ordering", Secret(password("ordering")), ca),
        "a service from outside, by its own mechanism": Cluster(
            partners, outside, within, "ordering", Secret(password("ordering")), ca
        ),
        "a partner by the services' mechanism": Cluster(inner, inside, within, str(ONE), Secret(password(ONE))),
        "the administrator from outside": Cluster(partners, outside, plain, "admin", known, ca),
        "the administrator's name with SCRAM": Cluster(partners, outside, scram, "admin", known, ca),
    }


async def test_who_does_not_prove_who_he_is_gets_no_connection(cluster: Locked) -> None:
    for who, reached in strangers(cluster).items():
        client = AIOKafkaConsumer(**reached.options(), request_timeout_ms=3_000)
        with pytest.raises(KafkaConnectionError):
            await client.start()
        await closed(client)
        assert who


def doors(cluster: Locked) -> dict[str, tuple[str, Protocol]]:
    """By listener, the three that there are."""
    node = cluster.kafka.brokers[0].node
    return {
        "inner": (cluster.kafka.servers, Protocol.SASL_PLAINTEXT),
        "controller": (f"127.0.0.1:{node.controller_port}", Protocol.SASL_PLAINTEXT),
        "partners": (cluster.kafka.partner_servers, Protocol.SASL_SSL),
    }


OPEN = {
    *((name, "inner", Mechanism.SCRAM_SHA_256) for name in NAMES),
    *((str(each), "partners", Mechanism.SCRAM_SHA_512) for each in (ONE, TWO)),
    # Provisioning proves partners' passwords there, from where it stands; he may do there what he may do outside.
    *((str(each), "inner", Mechanism.SCRAM_SHA_512) for each in (ONE, TWO)),
    *(("admin", "inner", Mechanism.PLAIN), ("node", "inner", Mechanism.PLAIN), ("node", "controller", Mechanism.PLAIN)),
}
"""Who gets in where by what, with the right password. Everybody else gets in nowhere."""


@pytest.mark.parametrize("user", [*NAMES, str(ONE), str(TWO), "admin", "node"])
async def test_a_password_opens_the_listeners_that_it_is_for_and_no_other(cluster: Locked, user: str) -> None:
    of_the_file = {"admin": cluster.kafka.passwords.admin, "node": cluster.kafka.passwords.node}
    known = Secret(of_the_file.get(user, password(user)))
    found, ca = set(), cluster.kafka.ca.read_text()
    for listener, (servers, protocol) in doors(cluster).items():
        for mechanism in Mechanism:
            if await asyncio.to_thread(opens, Cluster(servers, protocol, mechanism, user, known, ca)):
                found.add((user, listener, mechanism))
    assert found == {door for door in OPEN if door[0] == user}


async def test_a_suspended_partner_is_cut_off_on_the_connection_that_he_has(cluster: Locked) -> None:
    replies = Topics.of(TWO).replies
    producer = AIOKafkaProducer(**cluster.partner(TWO).options(), acks="all", request_timeout_ms=3_000)
    await producer.start()
    try:
        assert await writing(producer, replies) == "yes"
        assert (await asyncio.to_thread(cluster.provision, "suspend", str(TWO))).returncode == 0
        # Who has had to prove himself in between, on a machine that stalls, is out for his password already.
        assert await writing(producer, replies) in {NO, "NodeNotReadyError"}
    finally:
        await closed(producer)
        await asyncio.to_thread(cluster.provision, "resume", str(TWO))


async def test_a_partner_whose_password_was_changed_is_out_when_he_has_to_prove_himself_again(cluster: Locked) -> None:
    """The broker of these tests asks after 3 s; in production after 10 minutes at most."""
    replies = Topics.of(TWO).replies
    producer = AIOKafkaProducer(**cluster.partner(TWO).options(), acks="all", request_timeout_ms=2_000)
    await producer.start()
    file = cluster.users / str(TWO)
    try:
        assert await writing(producer, replies) == "yes"
        file.write_text("another-password-of-two\n")
        await asyncio.to_thread(cluster.applied)

        async def is_out() -> bool:
            return await writing(producer, replies) != "yes"

        await until(is_out)
    finally:
        await closed(producer)
        file.write_text(password(TWO) + "\n")
        await asyncio.to_thread(cluster.applied)


async def test_a_client_that_stays_is_not_disturbed_by_having_to_prove_itself_again(cluster: Locked) -> None:
    producer = AIOKafkaProducer(**cluster.service("ordering").options(), acks="all")
    await producer.start()
    began = asyncio.get_running_loop().time()
    sent = 0
    try:
        while asyncio.get_running_loop().time() - began < 8:
            await producer.send_and_wait("ordering.payments", b"{}", key=b"k")
            sent += 1
            await asyncio.sleep(0.05)
    finally:
        await closed(producer)
    assert sent > 10
