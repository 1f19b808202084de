"""What the processes of the catalog are told by their environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from services.catalog.media.media import Photos
from services.catalog.media.signing import Signer
from services.catalog.media.storage import LocalStorage, Storage
from services.kit.process.settings import ApiSettings, SettingsError, WorkerSettings
from services.kit.secret import Secret


class MediaSettings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """Where files of photos are: a folder, or a bucket of a store that speaks S3 (`media_s3_endpoint` may be left out for Amazon's own).
    Without either nobody can send one."""

    media_path: Path | None = None
    media_s3_bucket: str = ""
    media_s3_endpoint: str = ""
    media_s3_region: str = "us-east-1"
    media_s3_access_key: str = ""
    media_s3_secret_key: Secret | None = None

    def check(self) -> None:
        """Raises ValueError."""
        if self.media_s3_bucket and self.media_path is not None:
            raise ValueError("MEDIA_PATH and MEDIA_S3_BUCKET are both set: photos are in one place")
        if self.media_s3_bucket and not (self.media_s3_access_key and self.media_s3_secret_key):
            raise ValueError("MEDIA_S3_BUCKET needs MEDIA_S3_ACCESS_KEY and MEDIA_S3_SECRET_KEY")
        if self.media_s3_endpoint and not self.media_s3_endpoint.startswith(("http://", "https://")):
            raise ValueError("MEDIA_S3_ENDPOINT is malformed: it begins with neither http:// nor https://")

    def storage(self) -> Storage | None:
        if self.media_path is not None:
            return LocalStorage(self.media_path)
        if not self.media_s3_bucket or self.media_s3_secret_key is None:
            return None
        from services.catalog.media.s3 import S3Storage  # a library of 16 MB, for those who use it

        return S3Storage(
            endpoint=self.media_s3_endpoint,
            bucket=self.media_s3_bucket,
            region=self.media_s3_region,
            access_key=self.media_s3_access_key,
            secret_key=self.media_s3_secret_key,
        )


class PhotoSettings(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    """`media_key` is the secret that addresses are signed with, the same for all processes; `photos_at_once` are read at a time."""

    media_key: Secret | None = None
    photos_at_once: Annotated[int, msgspec.Meta(ge=1, le=16)] = 1


class CatalogApi(ApiSettings, frozen=True, kw_only=True):
    media: MediaSettings
    sent: PhotoSettings

    def __post_init__(self) -> None:
        super().__post_init__()
        self.media.check()

    def photos(self) -> Photos | None:
        """None where none can be sent. Raises SettingsError."""
        storage = self.media.storage()
        if storage is None:
            return None
        if self.sent.media_key is None:
            raise SettingsError("MEDIA_KEY is missing: what addresses of photos are signed with")
        return Photos.at(storage, Signer(self.sent.media_key), self.sent.photos_at_once)


class CatalogWorker(WorkerSettings, frozen=True, kw_only=True):
    media: MediaSettings

    def __post_init__(self) -> None:
        self.media.check()
