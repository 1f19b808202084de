"""All topics of the platform: creates what is missing, and stamps a new log with its identity.

python -m services.topics --partner ptn_… [--partner ptn_…]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from services.contracts import catalog, delivery, ordering
from services.contracts.delivery import PartnerId
from services.kit import ids, kafka
from services.kit.kafka import Durability
from services.kit.kafka.cluster import Cluster
from services.kit.messaging.relay import LogUnavailable
from services.kit.process import settings

_OURS = (
    catalog.MerchantEvent.topic,
    catalog.ProductEvent.topic,
    catalog.ReservationEvent.topic,
    ordering.OrderEvent.topic,
    ordering.PaymentEvent.topic,
    delivery.DeliveryEvent.topic,
    delivery.PartnerEvent.topic,
)


# States: the newest of each aggregate says all.
COMPACTED = (catalog.MerchantEvent.topic, catalog.ProductEvent.topic, delivery.PartnerEvent.topic)


class TopicsSettings(settings.ProcessSettings, frozen=True, kw_only=True):
    kafka: Cluster
    topic_replication: Annotated[int, msgspec.Meta(ge=1)] = 1
    topic_min_isr: Annotated[int, msgspec.Meta(ge=1)] = 1

    @property
    def durability(self) -> Durability:
        return Durability(self.topic_replication, self.topic_min_isr)


def of_partner(partner: PartnerId) -> tuple[str, str, str]:
    """Where we tell the partner of jobs, where it replies, where it sends positions."""
    return f"partner.{partner}.jobs.v1", f"partner.{partner}.replies.v1", f"partner.{partner}.locations.v1"


def topics(partners: Iterable[PartnerId]) -> list[str]:
    return [*_OURS, *(topic for partner in partners for topic in of_partner(partner))]


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m services.topics", description="Create the topics and stamp the log."
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
    except (settings.SettingsError, LogUnavailable, ids.MalformedId, ids.WrongKind) as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's answer
        return 1
    print(f"log {log}", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
