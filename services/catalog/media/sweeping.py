"""The catalog's files of photos and its rows are held against each other (`services.kit.photos.sweeping`)."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from services.catalog.media.names import ROOMS
from services.catalog.store import photo_files
from services.kit.database.db import Database
from services.kit.messaging.operations import Say
from services.kit.photos import sweeping
from services.kit.photos.settings import MediaSettings
from services.kit.process import settings as settings_of
from services.kit.process.service import Worker

SWEEPER: Final = sweeping.Sweeper(photo_files, ROOMS)


async def loop(worker: Worker) -> None:
    await sweeping.run(SWEEPER, worker, worker.settings.media.storage())


async def by_hand(db: Database, argv: Sequence[str], say: Say) -> int:
    """The verb `photos`: all parts at once, as after a restore. 1 when there is no place for photos, or it is away."""
    argparse.ArgumentParser(
        prog="python -m services.catalog photos",
        description="holds files of photos and their rows against each other, and says what was found",
    ).parse_args(list(argv))
    return await sweeping.told(SWEEPER, db, settings_of.load(MediaSettings).storage(), say)
