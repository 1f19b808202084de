"""What is answered to who puts up photos; as answers.py."""

from __future__ import annotations

from services.web.answers import Answered, Photo, PhotoSize, Problem, Seller


class Photographed(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    waiting_photos: list[Photo]


class PhotosGoods(Answered, frozen=True, kw_only=True):
    """Of what a photo is to be."""

    id: str
    name: str
    merchant: Seller | None


class ShopPhoto(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Photographed | None = None
    product: PhotosGoods | None = None


class Upload(Answered, frozen=True, kw_only=True):
    url: str


class AskedUpload(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    upload: Upload | None


class AskPhoto(Answered, frozen=True, kw_only=True):
    request_photo_upload: AskedUpload | None = None


class Proof(Answered, frozen=True, kw_only=True):
    """A photo or signature of a trip; of the door where it has no `stop`."""

    id: str
    kind: str
    stop: int | None
    proves: bool
    sizes: list[PhotoSize]
