"""What processes that have photos are told by their environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from services.kit.checks import Checked, SettingsError, rule
from services.kit.photos.made import Place
from services.kit.photos.signing import Signer
from services.kit.photos.storage import LocalStorage, Storage
from services.kit.secret import Secret


class MediaSettings(Checked, frozen=True, kw_only=True, rename="upper"):
    """Where files of photos are: a folder, or a bucket of a store that speaks S3 (`media_s3_endpoint` may be left out for Amazon's own).
    Without either nobody can send one."""

    media_path: Path | None = None
    media_s3_bucket: str = ""
    media_s3_endpoint: str = ""
    media_s3_region: str = "us-east-1"
    media_s3_access_key: str = ""
    media_s3_secret_key: Secret | None = None

    @rule
    def photos_are_in_one_place(self) -> None:
        if self.media_s3_bucket and self.media_path is not None:
            raise ValueError("MEDIA_PATH and MEDIA_S3_BUCKET are both set: photos are in one place")

    @rule
    def a_bucket_is_opened(self) -> None:
        if self.media_s3_bucket and not (self.media_s3_access_key and self.media_s3_secret_key):
            raise ValueError("MEDIA_S3_BUCKET needs MEDIA_S3_ACCESS_KEY and MEDIA_S3_SECRET_KEY")

    @rule
    def an_endpoint_is_an_address(self) -> None:
        if self.media_s3_endpoint and not self.media_s3_endpoint.startswith(("http://", "https://")):
            raise ValueError("MEDIA_S3_ENDPOINT is malformed: it begins with neither http:// nor https://")

    @property
    def somewhere(self) -> bool:
        return self.media_path is not None or bool(self.media_s3_bucket)

    def storage(self) -> Storage | None:
        if self.media_path is not None:
            return LocalStorage(self.media_path)
        if not self.media_s3_bucket or self.media_s3_secret_key is None:
            return None
        from services.kit.photos.s3 import S3Storage  # a library of 16 MB, for those who use it

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


def check(media: MediaSettings, sent: PhotoSettings) -> None:
    """Raises SettingsError."""
    if media.somewhere and sent.media_key is None:
        raise SettingsError("MEDIA_KEY is missing: what addresses of photos are signed with")


def place(path: str, media: MediaSettings, sent: PhotoSettings, *, scope: str = "") -> Place | None:
    """None where none can be sent. Raises SettingsError."""
    check(media, sent)
    storage = media.storage()
    if storage is None or sent.media_key is None:
        return None
    return Place.at(path, storage, Signer(sent.media_key, scope), sent.photos_at_once)
