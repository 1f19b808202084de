"""What the processes of the catalog are told by their environment."""

from __future__ import annotations

from services.catalog.media.media import Photos
from services.kit.checks import rule
from services.kit.photos.settings import MediaSettings, PhotoSettings, check, place
from services.kit.process.settings import ReadingApiSettings, WorkerSettings


class CatalogApi(ReadingApiSettings, frozen=True, kw_only=True):
    media: MediaSettings
    sent: PhotoSettings

    @rule
    def photos_have_a_key(self) -> None:
        check(self.media, self.sent)

    def photos(self) -> Photos | None:
        """None where none can be sent. Raises SettingsError."""
        found = place("/media", self.media, self.sent)
        return Photos(found) if found else None


class CatalogWorker(WorkerSettings, frozen=True, kw_only=True):
    media: MediaSettings
