"""One process of a service, by the command line: `api`, `worker`, `migrate`, `seed`, and what ops does by hand."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.kit import text
from services.kit.database import migrate
from services.kit.database.db import Database, transaction
from services.kit.messaging import operations
from services.kit.messaging.processor import EventProcessor
from services.kit.observe import logs
from services.kit.process import settings
from services.kit.process.service import Service

_log = logging.getLogger(__name__)


def main(service: Service, argv: Sequence[str]) -> int:
    """`python -m services.<name> api|worker|migrate|seed FILE|inbox …|restored`, and what the service declares beside.

    Exit 0 when it ended as asked, 1 on a fault named on stderr, 2 on usage and for settings that are missing or wrong.
    """
    command = argv[0] if argv else ""
    try:
        match command, len(argv):
            # Each is imported by its own process alone: an api holds no client of the broker, a worker nothing that reads tokens.
            case "api", 1:
                from services.kit.process import serving
                from services.kit.process.api import api

                config = settings.load(service.api_settings)
                return serving.serve(f"{service.name}-api", config, lambda: api(service, config))
            case "worker", 1:
                from services.kit.process import serving
                from services.kit.process.worker import worker

                workers = settings.load(service.worker_settings)
                return serving.serve(f"{service.name}-worker", workers, lambda: worker(service, workers))
            case "migrate", 1:
                return asyncio.run(_migrate(service, settings.load(settings.MigrateSettings)))
            case "seed", 2 if service.seed:
                return asyncio.run(
                    _seed(service, settings.load(settings.SeedSettings), json.loads(Path(argv[1]).read_text("utf-8")))
                )
            case "inbox", _:
                return asyncio.run(_inbox(service, operations.commands(service.name, argv[1:])))
            case verb, _ if verb in service.by_hand:
                return asyncio.run(_by_hand(service, verb, argv[1:]))
            case "restored", 1:
                return asyncio.run(_restored(service))
    except settings.SettingsError as error:
        return settings.refused(f"{service.name} {command}", error)
    verbs = "|".join(
        ("api", "worker", "migrate", "seed FILE", "inbox …", *(f"{verb} …" for verb in service.by_hand), "restored")
    )
    print(f"usage: python -m services.{service.name} {verbs}", file=sys.stderr)  # noqa: T201
    return 2


async def _migrate(service: Service, config: settings.MigrateSettings) -> int:
    logs.setup(f"{service.name}-migrate", config.log_level)
    try:
        applied = await migrate.migrate(
            config.migration_database_url.reveal(),
            migrate.find(service.name, service.migrations),
            runtime_role=service.name,
            movable_clock=config.mode.clock_can_move,
        )
    except migrate.MigrationError as error:
        _log.error("%s", error)
        return 1
    _log.info("%d migrations applied", len(applied))
    return 0


async def _seed(service: Service, config: settings.SeedSettings, content: Any) -> int:
    logs.setup(f"{service.name}-seed", config.log_level)
    if not config.mode.deliveries_are_tests:
        _log.error("seeds are for local, test and sandbox mode")
        return 1
    try:
        text.check_all(content)
    except text.NotText as error:
        _log.error("the seed holds what nobody can read: %s", error)
        return 1
    db = Database(config.database_url.reveal(), application=f"{service.name}-seed")
    await db.open()
    try:
        async with transaction(db) as conn:
            assert service.seed is not None
            await service.seed(conn, content)
    finally:
        await db.close()
    return 0


async def _inbox(service: Service, arguments: argparse.Namespace) -> int:
    config = settings.load(settings.OperationSettings)
    logs.setup(f"{service.name}-inbox", config.log_level)
    db = Database(config.database_url.reveal(), application=f"{service.name}-inbox")

    def processors() -> dict[str, EventProcessor]:
        made = settings.load(service.worker_settings)
        return {each.consumer: each.processor(db, made) for each in service.hears}

    await db.open()
    try:
        return await operations.run(arguments, db, processors, operations.write_line)
    finally:
        await db.close()


async def _by_hand(service: Service, verb: str, words: Sequence[str]) -> int:
    config = settings.load(settings.OperationSettings)
    logs.setup(f"{service.name}-{verb}", config.log_level)
    db = Database(config.database_url.reveal(), application=f"{service.name}-{verb}")
    await db.open()
    try:
        return await service.by_hand[verb](db, words, operations.write_line)
    finally:
        await db.close()


async def _restored(service: Service) -> int:
    config = settings.load(settings.OperationSettings)
    logs.setup(f"{service.name}-restored", config.log_level)
    db = Database(config.database_url.reveal(), application=f"{service.name}-restored")
    await db.open()
    try:
        _log.info("the epoch is %d now", await operations.restored(db))
    finally:
        await db.close()
    return 0
