"""What all clients of the broker share: how they end, and why one could not begin."""

from __future__ import annotations

import asyncio
import logging
import ssl

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError, SaslAuthenticationFailed, UnsupportedSaslMechanismError

from services.kit.database.db import reason
from services.kit.kafka.cluster import Cluster

_logger = logging.getLogger(__name__)
START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 5.0
_TRY_TIMEOUT_S = 5.0
UNREACHABLE: tuple[type[Exception], ...] = (KafkaError, OSError, TimeoutError)


async def stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    """A client whose broker is gone may hang while it says goodbye, or answer with a cancellation of its own that is none of ours.

    So it says goodbye in a task of its own, whose outcome is nobody's concern.
    """
    goodbye = asyncio.ensure_future(client.stop())
    done, late = await asyncio.wait({goodbye}, timeout=_STOP_TIMEOUT_S)
    for task in late:
        task.cancel()
    for task in done:
        if not task.cancelled() and task.exception():
            _logger.info("a client did not close cleanly: %r", task.exception())


async def try_connection(cluster: Cluster) -> None:
    """One connection to the first address that answers, made and closed. Raises what it meets at the last address, in full:

    SaslAuthenticationFailed for a wrong password or unknown user, which the clients report as a broker that is not there.
    """
    options = cluster.options()
    del options["bootstrap_servers"]
    last: Exception | None = None
    for host, port in cluster.addresses():
        try:
            async with asyncio.timeout(_TRY_TIMEOUT_S):
                connection = await create_conn(host, port, **options)
        except (KafkaError, OSError, TimeoutError) as error:
            last = error
        else:
            await connection.close()
            return
    assert last is not None
    raise last


async def why_not(cluster: Cluster, error: BaseException) -> str:
    """What to say of a client that did not come up. `Unable to bootstrap` may be the network, the password or the certificate."""
    if not isinstance(error, KafkaConnectionError) or not cluster.protocol.has_users:
        return reason(error)
    try:
        await try_connection(cluster)
    except SaslAuthenticationFailed:
        return f"the broker refuses user {cluster.username}: wrong password, or no such user"
    except UnsupportedSaslMechanismError as refused:
        return f"the listener does not take {cluster.mechanism}: {reason(refused)}"
    except ssl.SSLError as refused:
        return f"no TLS with the broker (is KAFKA_CA_FILE its CA, and the address the name in its certificate?): {reason(refused)}"
    except (KafkaError, OSError, TimeoutError) as refused:
        return f"unreachable, or it speaks without {cluster.protocol}: {reason(refused)}"
    return reason(error)


async def brokers(cluster: Cluster) -> int:
    """How many brokers a Metadata request names. Raises one of UNREACHABLE."""
    client = AIOKafkaClient(**cluster.options(), request_timeout_ms=int(_TRY_TIMEOUT_S * 1000))
    try:
        await client.bootstrap()
        return len(client.cluster.brokers())
    finally:
        await client.close()
