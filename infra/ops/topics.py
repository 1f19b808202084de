"""All topics of the platform: creates what is missing, and stamps a new log with its identity.

python -m infra.ops.topics --partner ptn_… [--partner ptn_…]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import Annotated

import msgspec

from services.contracts.delivery import PartnerId
from services.contracts.registry import COMPACTED, topics
from services.kit import ids, kafka
from services.kit.kafka import Durability
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.relay import LogUnavailable
from services.kit.process import settings


class TopicsSettings(settings.ProcessSettings, frozen=True, kw_only=True):
    kafka: Cluster
    topic_replication: Annotated[int, msgspec.Meta(ge=1)] = 1
    topic_min_isr: Annotated[int, msgspec.Meta(ge=1)] = 1

    @property
    def durability(self) -> Durability:
        return Durability(self.topic_replication, self.topic_min_isr)


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m infra.ops.topics", description="Create the topics and stamp the log."
    )
    parser.add_argument(
        "--partner", action="append", default=[], metavar="ptn_…", help="a partner whose topics are wanted"
    )
    arguments = parser.parse_args(argv)
    try:
        partners = [PartnerId.parse(text) for text in arguments.partner]
        config = settings.load(TopicsSettings)
        log = asyncio.run(
            kafka.create_topics(config.kafka, topics(partners), compacted=COMPACTED, durability=config.durability)
        )
    except settings.SettingsError as error:
        return settings.refused("topics", error)
    except (LogUnavailable, ids.MalformedId, ids.WrongKind) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"log {log}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
