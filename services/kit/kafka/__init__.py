"""The one package that knows aiokafka: the log that the relay appends to, the readers of consumers, topics, users and their rights."""

from services.kit.kafka.log import KafkaLog as KafkaLog
from services.kit.kafka.reader import KafkaReader as KafkaReader
from services.kit.kafka.reader import open_reader as open_reader
from services.kit.kafka.topics import Durability as Durability
from services.kit.kafka.topics import create_topics as create_topics
from services.kit.kafka.topics import partition_of as partition_of
from services.kit.kafka.topics import partitions_of as partitions_of
from services.kit.kafka.watch import LOG_TOPIC as LOG_TOPIC
from services.kit.kafka.watch import LogWatch as LogWatch
