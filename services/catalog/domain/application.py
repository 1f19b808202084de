"""What somebody who would sell says of the business, and how large it is by the law."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.contracts import phones, regency
from services.contracts.catalog import MerchantKind
from services.contracts.places import GeoPoint
from services.contracts.umkm import UmkmClass as UmkmClass
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.text import NotText, line

MAX_NAME_CHARACTERS: Final = 60
MAX_CONTACT_CHARACTERS: Final = 80


# PP 7/2021, article 35, in rupiah, each the most that its class may have: (3) capital without land and building, of who begins; (5) what
# one year's sales came to, of who has sold for one.
_BILLION = 1_000_000_000
BY_CAPITAL = {UmkmClass.MIKRO: _BILLION, UmkmClass.KECIL: 5 * _BILLION, UmkmClass.MENENGAH: 10 * _BILLION}
BY_SALES = {UmkmClass.MIKRO: 2 * _BILLION, UmkmClass.KECIL: 15 * _BILLION, UmkmClass.MENENGAH: 50 * _BILLION}


class ApplicationInvalid(FieldInvalid):
    """`field` is the name in the input."""


class TextIsInvalid(ApplicationInvalid):
    def __init__(self, field: str, reason: str, longest: int) -> None:
        super().__init__(field, reason)
        self.longest = longest


class PhoneIsInvalid(ApplicationInvalid):
    pass


class RegionIsUnknown(ApplicationInvalid):
    pass


class PointIsOutside(ApplicationInvalid):
    pass


class PointIsClosed(ApplicationInvalid):
    pass


class SizeIsUnknown(ApplicationInvalid):
    pass


class BusinessIsTooLarge(ApplicationInvalid):
    def __init__(self, field: str, limit: int) -> None:
        super().__init__(field, f"more than the {limit} rupiah of a medium business")


@dataclass(frozen=True, slots=True)
class Application:
    name: str
    kind: MerchantKind
    kecamatan_code: str
    desa_code: str | None
    lat: float
    lng: float
    contact_name: str
    phone: str
    yearly_sales_rupiah: int | None
    capital_rupiah: int | None

    @property
    def point(self) -> GeoPoint:
        return GeoPoint(lat=self.lat, lng=self.lng)


@dataclass(frozen=True, slots=True)
class Checked:
    """Its texts as they are kept, its phone in E.164."""

    application: Application
    umkm_class: UmkmClass


def umkm_class(yearly_sales: int | None, capital: int | None) -> UmkmClass:
    """By a year's sales where there were any, else by capital. Raises SizeIsUnknown and BusinessIsTooLarge."""
    if yearly_sales is not None:
        return _class("yearlySales", yearly_sales, BY_SALES)
    if capital is not None:
        return _class("capital", capital, BY_CAPITAL)
    raise SizeIsUnknown("yearlySales", "a year's sales, or the capital of who has not sold for a year")


def checked(given: Application) -> Checked:
    """Raises ApplicationInvalid, or a group of it, one for each field."""
    found: list[FieldInvalid] = []
    name = gathered(found, lambda: _text("name", given.name, MAX_NAME_CHARACTERS))
    contact = gathered(found, lambda: _text("contactName", given.contact_name, MAX_CONTACT_CHARACTERS))
    phone = gathered(found, lambda: _phone(given.phone))
    gathered(found, lambda: _check_place(given))
    size = gathered(found, lambda: umkm_class(given.yearly_sales_rupiah, given.capital_rupiah))
    if name is None or contact is None or phone is None or size is None or found:
        raise all_of(found)
    return Checked(replace(given, name=name, contact_name=contact, phone=phone), size)


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom the platform asks for; the phone in E.164."""

    name: str
    phone: str


def checked_contact(name: str, phone: str) -> Contact:
    """Raises ApplicationInvalid, or a group of it, one for each field."""
    found: list[FieldInvalid] = []
    called = gathered(found, lambda: _text("contactName", name, MAX_CONTACT_CHARACTERS))
    number = gathered(found, lambda: _phone(phone))
    if called is None or number is None:
        raise all_of(found)
    return Contact(called, number)


def _class(field: str, rupiah: int, most: dict[UmkmClass, int]) -> UmkmClass:
    for each, limit in most.items():
        if rupiah <= limit:
            return each
    raise BusinessIsTooLarge(field, most[UmkmClass.MENENGAH])


def _text(field: str, given: str, longest: int) -> str:
    try:
        return line(given, longest=longest)
    except NotText as error:
        raise TextIsInvalid(field, str(error), longest) from error


def _phone(given: str) -> str:
    number = phones.e164(given)
    if number is None:
        raise PhoneIsInvalid("phone", "a phone number like 0812… or +62812…")
    return number


def _check_place(given: Application) -> None:
    kecamatan, desa = given.kecamatan_code, given.desa_code
    if not regency.is_kecamatan(kecamatan):
        raise RegionIsUnknown("kecamatanCode", "not the code of a kecamatan of Lumajang")
    if desa is not None and not (regency.is_village(desa) and desa.startswith(kecamatan + ".")):
        raise RegionIsUnknown("desaCode", "not the code of a village of that kecamatan")
    check_point("point", given.point, kecamatan)


def check_point(field: str, point: GeoPoint, kecamatan: str) -> None:
    """Where riders fetch. Raises PointIsOutside, PointIsClosed."""
    if not regency.lies_in(point, kecamatan):
        raise PointIsOutside(field, f"more than {regency.TOLERANCE_M} m outside the kecamatan {kecamatan}")
    if (closed := regency.closed_area(point)) is not None:
        raise PointIsClosed(field, f"within {closed.radius_m} m of {closed.name}, where nobody may stay")
