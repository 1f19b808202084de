"""What an officer sees of the regency: how sales recover, what goods cost, how fees are shared and budgets used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import Response

from services.contracts.places import KECAMATAN
from services.web.answers_numbers import Due, Fairness, LoadPriceList, Numbers, Prices, Report
from services.web.charts import HEIGHT, WIDTH, bars
from services.web.graph import NoAnswer, Trouble
from services.web.pages.aftercare import CATEGORIES
from services.web.pages.aftercare import KINDS as CLAIMS
from services.web.pages.licences import KINDS as LICENCES
from services.web.pages.officer import CLASSES
from services.web.visit import Notes, Visit
from services.web.words import N_

WITHHELD: Mapping[str, str] = {
    "FEW": N_("ditahan: kurang dari 5 penjual atau 10 pembeli"),
    "ONE_HAS_MOST": N_("ditahan: hampir semuanya milik satu penjual"),
    "PROTECTS": N_("ditahan: angka lain dapat dihitung darinya"),
}
UNITS: Mapping[str, str] = {"MASS": "kg", "VOLUME": "liter", "COUNT": N_("buah")}
COLUMNS: Mapping[str, str] = {
    "day": N_("hari"),
    "commodity": N_("komoditas"),
    "unit": N_("satuan"),
    "price_rupiah": N_("harga"),
}
_MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
_MOST_LIST = 60_000


def _month(visit: Visit) -> str | None:
    asked = visit.query("bulan")
    return asked if _MONTH.fullmatch(asked) else None


async def recovery(visit: Visit) -> Response:
    visit.must_be_signed_in()
    month = _month(visit)
    place = visit.query("kecamatan") if visit.query("kecamatan") in KECAMATAN else None
    umkm = visit.query("kelas") if visit.query("kelas") in CLASSES else None
    answer = await visit.ask("numbers", Numbers, place=place, umkm=umkm, month=month)
    found = answer.data
    if found.recoveries is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    rows = [edge.node for edge in found.recoveries.edges]
    chosen = next((each for each in rows if each.figures.month == month), rows[0] if rows else None)
    return visit.page(
        "numbers.html",
        rows=rows,
        chosen=chosen,
        bars=bars([(each.figures.month, each.figures.turnover) for each in reversed(rows)]),
        size=(WIDTH, HEIGHT),
        places=[edge.node for edge in found.places.edges] if found.places else [],
        by_class=[edge.node for edge in found.classes.edges] if found.classes else [],
        days=[edge.node for edge in found.market_days.edges] if found.market_days else [],
        kecamatan=sorted(KECAMATAN, key=visit.speaking.kecamatan),
        place=place,
        umkm=umkm,
        classes=CLASSES,
        withheld=WITHHELD,
        partial=answer.partial,
    )


async def prices(visit: Visit) -> Response:
    return await _prices(visit, Notes(), None)


async def load_prices(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes, source = Notes(), visit.typed("source")
    report: Report | None = None
    if not visit.file or len(visit.file) > _MOST_LIST:
        notes.add("file", visit.speaking(N_("Pilih berkas CSV, paling besar 60 KB.")))
    elif not source:
        notes.add("source", visit.speaking(N_("Tulis dari mana daftar ini.")))
    else:
        csv = visit.file.decode("utf-8", "replace")
        answer = await visit.ask("load_price_list", LoadPriceList, csv=csv, publisher=source)
        loaded = answer.data.load_price_list
        if loaded is None:
            raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
        if loaded.problems:
            notes.add(
                "file",
                visit.speaking(N_("Berkas ini bukan daftar harga. Baris pertama: day,commodity,unit,price_rupiah.")),
            )
        report = loaded.report
    return await _prices(visit, notes, report, 422 if notes else 200)


async def _prices(visit: Visit, notes: Notes, report: Report | None, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("numbers_prices", Prices, after=visit.query("lanjut") or None)
    found = answer.data.commodity_prices
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    further = found.page_info.end_cursor if found.page_info.has_next_page else None
    return visit.page(
        "numbers_prices.html",
        status=status,
        prices=[edge.node for edge in found.edges],
        further=urlencode({"lanjut": further}) if further else None,
        report=report,
        units=UNITS,
        columns=COLUMNS,
        notes=notes,
        partial=answer.partial,
    )


async def fairness(visit: Visit) -> Response:
    visit.must_be_signed_in()
    month = _month(visit)
    answer = await visit.ask("numbers_fairness", Fairness, month=month)
    found = answer.data
    if found.company_records is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "numbers_fairness.html",
        companies=[edge.node for edge in found.company_records.edges],
        programmes=[edge.node for edge in found.programme_uses.edges] if found.programme_uses else [],
        budgets=[edge.node for edge in found.programmes.edges if edge.node.borne_by == "REGENCY"]
        if found.programmes
        else [],
        month=month,
        partial=answer.partial,
    )


async def due(visit: Visit) -> Response:
    """Licences that end, and complaints by their deadlines."""
    visit.must_be_signed_in()
    answer = await visit.ask("numbers_due", Due)
    found = answer.data
    if found.licences_ending is None and found.complaint_records is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "numbers_due.html",
        licences=[edge.node for edge in found.licences_ending.edges] if found.licences_ending else [],
        complaints=[edge.node for edge in found.complaint_records.edges] if found.complaint_records else [],
        claims=CLAIMS,
        kinds=LICENCES,
        categories=CATEGORIES,
        partial=answer.partial,
    )
