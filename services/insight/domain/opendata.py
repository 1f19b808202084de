"""Open data: the files of a month, their dictionary, and the catalogue in DCAT, of which Satu Data Indonesia's metadata are made. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.etree import ElementTree

import msgspec

from services.insight.domain import hiding, months
from services.insight.domain.cubes import Cube
from services.insight.domain.publishing import DAY, ROUNDED_TO, Published

LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
PUBLISHER: Final = "Pemerintah Kabupaten Lumajang"
TITLE: Final = "Perdagangan UMKM Lumajang per bulan"
AT: Final = "/open-data/"

KEYS: Final = ("month", "revision", "table", "code", "code_2", "withheld")
MEASURES: Final = {
    "turnover": (
        "turnover_rupiah",
        "rupiah",
        "Nilai barang yang sampai ke pembeli, dibulatkan ke Rp1.000; menurut hari pesan",
    ),
    "completed": ("parts_sold", "jumlah", "Bagian pesanan (satu per penjual) yang sampai ke pembeli"),
    "buyers": ("buyers", "orang", "Pembeli berbeda dalam bulan itu"),
    "sellers": ("sellers", "usaha", "Penjual berbeda dalam bulan itu"),
    "quantity": ("quantity", "gram, mililiter atau buah", "Jumlah barang menurut satuan pada code_2"),
    "orders": ("orders", "jumlah", "Pesanan yang dibuat; pada tabel CANCEL pesanan yang batal"),
    "cancelled": ("orders_cancelled", "jumlah", "Pesanan yang batal"),
    "delivered": ("trips_delivered", "jumlah", "Pesanan yang diantar sampai"),
    "failed": ("trips_failed", "jumlah", "Pengantaran yang gagal"),
    "fee": ("delivery_fee_rupiah", "rupiah", "Ongkos antar"),
    "rider_share": ("rider_share_rupiah", "rupiah", "Bagian pengantar dari ongkos"),
    "partner_share": ("company_share_rupiah", "rupiah", "Bagian jasa antar dari ongkos"),
    "platform_share": ("platform_share_rupiah", "rupiah", "Bagian platform dari ongkos"),
    "regency": ("regency_rupiah", "rupiah", "Yang ditanggung program Pemkab"),
    "claimed": ("claimed_rupiah", "rupiah", "Yang dikembalikan karena barang tidak sesuai"),
    "new_sellers": ("new_sellers", "usaha", "Penjual yang pertama kali berjualan"),
    "lapsed_sellers": ("lapsed_sellers", "usaha", "Penjual yang 90 hari tidak berjualan"),
    "accept_minutes": ("accept_minutes", "menit", "Rata-rata waktu sampai penjual menerima"),
    "deliver_minutes": ("deliver_minutes", "menit", "Rata-rata waktu sampai barang di tangan pembeli"),
}
"""By the measure's name: the column, its unit, and what it says."""
TABLES: Final = {
    Cube.ALL: "Seluruh kabupaten",
    Cube.PLACE: "code: kecamatan penjual (kode Kemendagri)",
    Cube.CLASS: "code: kelas UMKM menurut PP 7/2021",
    Cube.PLACE_CLASS: "code: kecamatan penjual, code_2: kelas UMKM",
    Cube.KIND: "code: jenis penjual",
    Cube.GOODS: "code: kategori barang",
    Cube.COMMODITY: "code: komoditas, code_2: MASS gram, VOLUME mililiter, COUNT buah",
    Cube.FLOW: "code: kecamatan penjual, code_2: kecamatan pembeli",
    Cube.BUYER: "code: kecamatan pembeli",
    Cube.CANCEL: "code: sebab batal, code_2: siapa yang menanggung",
    DAY: "code: tanggal (WIB); hanya jumlah pesanan",
}


@dataclass(frozen=True, slots=True)
class File:
    """What was published once: the same for ever."""

    month: str
    revision: int
    format: str
    sha256: str
    size: int
    published_at: datetime
    why: str
    test: bool

    @property
    def name(self) -> str:
        return f"umkm-lumajang-{self.month}.r{self.revision}.{self.format}"

    @property
    def stable(self) -> str:
        """By which the newest revision of the month is had."""
        return f"umkm-lumajang-{self.month}.{self.format}"


def rows(month: str, revision: int, cells: Sequence[Published]) -> list[dict[str, Any]]:
    found = []
    for each in cells:
        code, _, second = each.cell.partition("|")
        row: dict[str, Any] = dict(
            zip(KEYS, (month, revision, each.cube, code, second, str(each.withheld or "")), strict=True)
        )
        found.append(row | {column: each.measures.get(name) for name, (column, *_) in MEASURES.items()})
    return found


def as_csv(month: str, revision: int, cells: Sequence[Published]) -> bytes:
    """RFC 4180, UTF-8; empty is withheld or not said of this table."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*KEYS, *(column for column, *_ in MEASURES.values())], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows(month, revision, cells))
    return text.getvalue().encode()


def as_json(month: str, revision: int, cells: Sequence[Published], *, test: bool, why: str) -> bytes:
    said = [
        {name: value for name, value in row.items() if value not in (None, "")} for row in rows(month, revision, cells)
    ]
    head = {
        "title": TITLE,
        "month": month,
        "revision": revision,
        "why": why,
        "test": test,
        "licence": LICENCE,
        "rows": said,
    }
    return msgspec.json.format(msgspec.json.encode(head), indent=1) + b"\n"


def dictionary() -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("kind", "name", "unit", "meaning"))
    writer.writerow(("key", "month", "", "Bulan (WIB), seperti 2026-10"))
    writer.writerow(("key", "revision", "", "1, dan satu lebih untuk setiap koreksi"))
    for table, said in TABLES.items():
        writer.writerow(("table", str(table), "", said))
    least = f"kurang dari {hiding.LEAST_SELLERS} penjual atau {hiding.LEAST_BUYERS} pembeli"
    writer.writerow(("withheld", str(hiding.Why.FEW), "", f"Ditahan: {least}"))
    most = f"satu penjual memiliki lebih dari {hiding.MOST_OF_ONE_PERCENT} persen"
    writer.writerow(("withheld", str(hiding.Why.ONE_HAS_MOST), "", f"Ditahan: {most}"))
    writer.writerow(
        ("withheld", str(hiding.Why.PROTECTS), "", "Ditahan: angka lain yang ditahan dapat dihitung darinya")
    )
    for column, unit, said in MEASURES.values():
        writer.writerow(("measure", column, unit, said))
    writer.writerow(("rule", "rounding", "rupiah", f"Setiap nilai rupiah dibulatkan sendiri ke Rp{ROUNDED_TO}"))
    return text.getvalue().encode()


def checksums(files: Sequence[File]) -> bytes:
    """As `sha256sum -c` reads it."""
    return "".join(f"{each.sha256}  {each.name}\n" for each in files).encode()


def catalogue(files: Sequence[File], base: str) -> bytes:
    """DCAT 3 as JSON-LD: one dataset, a distribution for each file; a correction says what it takes the place of."""
    newest = max((each.published_at for each in files), default=None)
    by_name = {each.name: each for each in files}
    found = {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#", "adms": "http://www.w3.org/ns/adms#", "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": f"{base}{AT}catalog.jsonld",
        "@type": "dcat:Catalog",
        "dct:title": {"@value": "Data terbuka Wlijo", "@language": "id"},
        "dct:publisher": {"@type": "foaf:Organization", "foaf:name": PUBLISHER},
        "dcat:dataset": {
            "@id": f"{base}{AT}umkm-lumajang",
            "@type": "dcat:Dataset",
            "dct:title": {"@value": TITLE, "@language": "id"},
            "dct:description": {
                "@value": "Jumlah bulanan per kecamatan, kelas UMKM dan kategori; tanpa data pribadi, dengan penahanan sel kecil.",
                "@language": "id",
            },
            "dct:identifier": "umkm-lumajang",
            "dct:language": "id",
            "dct:license": {"@id": LICENCE},
            "dct:publisher": {"@type": "foaf:Organization", "foaf:name": PUBLISHER},
            "dct:spatial": {"@type": "dct:Location", "dct:identifier": "35.08"},
            "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY"},
            "dcat:keyword": ["UMKM", "perdagangan", "kecamatan", "Lumajang"],
            "dcat:landingPage": {"@id": f"{base}{AT}"},
            "dct:conformsTo": {"@id": f"{base}{AT}dictionary.csv"},
            **({"dct:modified": {"@value": newest.isoformat(), "@type": "xsd:dateTime"}} if newest else {}),
            "dcat:distribution": [_distribution(each, base, by_name) for each in files],
        },
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n"


def _distribution(each: File, base: str, by_name: Mapping[str, File]) -> dict[str, Any]:
    media = {"csv": "text/csv", "json": "application/json"}[each.format]
    before = f"umkm-lumajang-{each.month}.r{each.revision - 1}.{each.format}"
    return {
        "@id": f"{base}{AT}{each.name}",
        "@type": "dcat:Distribution",
        "dct:title": f"{each.month}, revisi {each.revision}" + (" (data uji)" if each.test else ""),
        "dct:issued": {"@value": each.published_at.isoformat(), "@type": "xsd:dateTime"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": {"@value": months.first_day(each.month).isoformat(), "@type": "xsd:date"},
            "dcat:endDate": {"@value": months.last_day(each.month).isoformat(), "@type": "xsd:date"},
        },
        "dcat:downloadURL": {"@id": f"{base}{AT}{each.name}"},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{media}"},
        "dcat:byteSize": each.size,
        "spdx:checksum": {
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": each.sha256,
        },
        **(
            {"dcat:previousVersion": {"@id": f"{base}{AT}{before}"}, "adms:versionNotes": each.why}
            if before in by_name
            else {}
        ),
    }


_ATOM: Final = "http://www.w3.org/2005/Atom"


def feed(files: Sequence[File], base: str) -> bytes:
    """Atom (RFC 4287): an entry for each revision, the newest first; one that corrects says so."""
    ElementTree.register_namespace("", _ATOM)
    root = ElementTree.Element(f"{{{_ATOM}}}feed")
    newest = max((each.published_at for each in files), default=datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
    _text(root, "id", f"{base}{AT}feed.atom")
    _text(root, "title", TITLE)
    _text(root, "updated", newest.isoformat())
    _link(root, f"{base}{AT}feed.atom", "self")
    _text(_child(root, "author"), "name", PUBLISHER)
    for each in sorted(
        (file for file in files if file.format == "csv"), key=lambda file: file.published_at, reverse=True
    ):
        entry = _child(root, "entry")
        _text(entry, "id", f"{base}{AT}{each.name}")
        _text(entry, "title", f"{each.month}, revisi {each.revision}" + (" (koreksi)" if each.revision > 1 else ""))
        _text(entry, "updated", each.published_at.isoformat())
        _text(entry, "summary", each.why)
        _link(entry, f"{base}{AT}{each.name}", "alternate")
    text: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return text


def _child(parent: ElementTree.Element, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}")


def _text(parent: ElementTree.Element, name: str, text: str) -> None:
    _child(parent, name).text = text


def _link(parent: ElementTree.Element, href: str, rel: str) -> None:
    link = _child(parent, "link")
    link.set("href", href)
    link.set("rel", rel)
