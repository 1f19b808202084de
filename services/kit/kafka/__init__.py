"""The one package that knows aiokafka: the log that the relay appends to, the readers of consumers, topics, users and their rights.

What is named here comes when it is asked for: a process that reads `cluster` for its settings and never meets Kafka, as web and the gateway
do, holds neither aiokafka nor asyncpg, some 10 MiB.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.kit.kafka.log import KafkaLog as KafkaLog
    from services.kit.kafka.reader import KafkaReader as KafkaReader
    from services.kit.kafka.reader import open_reader as open_reader
    from services.kit.kafka.topics import Durability as Durability
    from services.kit.kafka.topics import create_topics as create_topics
    from services.kit.kafka.topics import partition_of as partition_of
    from services.kit.kafka.topics import partitions_of as partitions_of
    from services.kit.kafka.watch import LOG_TOPIC as LOG_TOPIC
    from services.kit.kafka.watch import LogWatch as LogWatch

_ROOMS = {
    "KafkaLog": "log", "KafkaReader": "reader", "open_reader": "reader", "Durability": "topics", "create_topics": "topics",
    "partition_of": "topics", "partitions_of": "topics", "LOG_TOPIC": "watch", "LogWatch": "watch",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    return found
