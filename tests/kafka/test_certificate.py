"""Partners' TLS renewed while brokers run and partners are connected."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from infra.kafka import tls
from infra.kafka.throwaway import HOST
from services.kit.kafka.cluster import Cluster
from tests.kafka.conftest import ONE, Locked, opens

EACH_THREAD = 8
"""Connections, which a broker's network threads take in turn."""


def renewed(cluster: Locked, name: str = HOST) -> None:
    """As `prepare` does when the certificate is removed, or near its end."""
    (cluster.kafka.folder / "secrets" / tls.KEYSTORE).unlink()
    assert tls.ensure(cluster.kafka.folder / "secrets", name)


def shown(port: int) -> str:
    return ssl.get_server_certificate((HOST, port))


async def stays_connected(partner: Cluster, cluster: Locked) -> int:
    """What a partner's open connection is asked before and after."""
    host, port = partner.addresses()[0]
    context = partner.options()["ssl_context"]
    reader, writer = await asyncio.open_connection(host, port, ssl=context)
    await asyncio.to_thread(renewed, cluster)
    done = await asyncio.to_thread(cluster.provision, "renew-certificate")
    assert done.returncode == 0, done.stderr
    writer.write(bytes.fromhex("0000000a00120000000000 07ffff".replace(" ", "")))
    size = await asyncio.wait_for(reader.readexactly(8), 30)
    writer.close()
    return size[7]


def test_a_renewed_certificate_is_shown_with_no_start_and_who_is_connected_stays(alone: Locked) -> None:
    (broker,) = alone.kafka.brokers
    process, before = broker.pid, shown(broker.node.partners_port)
    assert asyncio.run(stays_connected(alone.partner(ONE), alone)) == 7
    given = tls.shown(alone.kafka.folder / "secrets")
    for _ in range(EACH_THREAD):
        after = shown(broker.node.partners_port)
        assert after != before
        assert after in given
    assert opens(alone.partner(ONE))
    assert broker.pid == process
    again = alone.provision("renew-certificate")
    assert (again.returncode, again.stdout) == (0, "")


def test_what_is_provisioned_is_renewed_too_and_nothing_stays_behind_in_the_cluster(alone: Locked) -> None:
    (broker,) = alone.kafka.brokers
    renewed(alone)
    (said,) = alone.applied("--partner", str(ONE), "--partner", "ptn_01ep341r00emzrtcsjkhnzfxk2")[-1:]
    assert "without a start" in said
    # A broker that starts shows what its file names: nothing is set in the cluster that would win over it.
    broker.stop()
    renewed(alone)
    alone.kafka.start()
    assert shown(broker.node.partners_port) in tls.shown(alone.kafka.folder / "secrets")


def test_one_for_another_name_wants_a_start_and_that_is_said(alone: Locked, tmp_path: Path) -> None:
    (broker,) = alone.kafka.brokers
    before = shown(broker.node.partners_port)
    renewed(alone, "kafka.pasar.example")
    done = alone.provision("renew-certificate")
    assert done.returncode == 1
    assert "start it anew" in done.stdout
    assert shown(broker.node.partners_port) == before
    renewed(alone)
    assert alone.provision("renew-certificate").returncode == 0
