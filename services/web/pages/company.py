"""What a dispatcher sees: what to answer, who rides what, and who is of the company."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_crews import CompanyPage, CompanyPeoplePage, Invited, InviteRider, InviteToCompany, Job, Rider
from services.web.graph import NoAnswer, Trouble
from services.web.maps import Map, Mark
from services.web.pages import riding
from services.web.pages.companies import STATUS
from services.web.saying import money_of
from services.web.visit import Notes, Visit
from services.web.words import N_

_FIELDS = ("number", "name", "plate", "vehicle", "box", "limit", "weight")


async def board(visit: Visit) -> Response:
    return await _board(visit, Notes())


async def _board(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("company", CompanyPage, id=visit.path("company")[:64])
    found = answer.data.partner
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.is_connected is None and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)  # somebody else's
    riders = [edge.node for edge in found.riders.edges]
    return visit.page(
        "company.html",
        status=status,
        company=found,
        map=_map(riders, [edge.node for edge in found.jobs.edges]),
        states=STATUS,
        steps=riding.STATUS,
        jobs=[edge.node for edge in found.jobs.edges],
        riders=riders,
        free=[each for each in riders if each.on_shift],
        key=secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


def _map(riders: Sequence[Rider], jobs: Sequence[Job]) -> Map | None:
    """Who is where, and where the goods are fetched and go: to about a hundred metres, for doors are for who is led there."""
    marks = []
    for job in jobs:
        for place in job.places:
            if place.point:
                kind = "shop" if place.merchant_name else "door"
                marks.append(Mark(kind, place.point, place.merchant_name or place.kecamatan_name))
    marks += [Mark("rider", each.position.point, each.name) for each in riders if each.position]
    return Map("peta", marks) if marks else None


async def act(visit: Visit) -> Response:
    """Gives a job to a rider or lets it pass, gives one under way to another, sets a shift, pauses, resumes and leaves."""
    visit.must_be_signed_in()
    company = visit.path("company")[:64]
    notes, outcome, done = Notes(), None, ""
    what = visit.typed("do")
    offer = {"delivery": visit.typed("delivery")[:64], "offer": visit.typed("offer")[:64], "key": visit.typed("key")}
    where = offer["offer"] or what
    match what:
        case "accept" if visit.typed("rider"):
            outcome = await visit.change("accept_offer", **offer, rider=visit.typed("rider")[:64])
            done = N_("Tugas diterima. Pengantarnya diberi tahu.")
        case "accept":
            notes.add(where, visit.speaking(N_("Pilih pengantarnya dulu.")))
        case "change" if visit.typed("rider"):
            where = f"change-{offer['delivery']}"
            named = {"delivery": offer["delivery"], "rider": visit.typed("rider")[:64], "key": offer["key"]}
            outcome, done = await visit.change("change_rider", **named), N_("Pengantarnya sudah diganti.")
        case "change":
            where = f"change-{offer['delivery']}"
            notes.add(where, visit.speaking(N_("Pilih pengantarnya dulu.")))
        case "decline":
            outcome, done = await visit.change("decline_offer", **offer), N_("Tawaran dilewatkan.")
        case "begin" | "rest":
            outcome = await visit.change("set_shift", id=visit.typed("rider")[:64], on=what == "begin")
        case "pause" | "resume" if visit.typed("reason"):
            outcome = await visit.change(f"{what}_company", id=company, reason=visit.typed("reason"))
        case "leave" if visit.typed("reason") and visit.typed("sure"):
            outcome = await visit.change("leave_company", id=company, reason=visit.typed("reason"))
            done = N_("Jasa antar ini berakhir. Yang sedang dibawa tetap diselesaikan.")
        case "leave":
            notes.add(where, visit.speaking(N_("Tulis alasannya dan centang bahwa Anda yakin.")))
        case "pause" | "resume":
            notes.add(where, visit.speaking(N_("Tulis alasannya.")))
    _note(visit, notes, where, outcome)
    if notes:
        return await _board(visit, notes, 422)
    return visit.go(f"/jasa-antar/{company}", visit.speaking(done))


async def people(visit: Visit) -> Response:
    return await _people(visit, Notes())


async def _people(
    visit: Visit, notes: Notes, status: int = 200, code: str = "", typed: dict[str, str] | None = None
) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("company_people", CompanyPeoplePage, id=visit.path("company")[:64])
    found = answer.data.partner
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if not found.members and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)
    return visit.page(
        "company_people.html",
        status=status,
        company=found,
        riders=[edge.node for edge in found.riders.edges],
        code=code,
        typed=typed or dict.fromkeys(_FIELDS, ""),
        typing=typed is not None,
        notes=notes,
        partial=answer.partial,
    )


async def change_people(visit: Visit) -> Response:
    """Enters a rider, makes a code for somebody to come, and lets people go."""
    visit.must_be_signed_in()
    company = visit.path("company")[:64]
    notes, outcome = Notes(), None
    who, what = visit.typed("who")[:64], visit.typed("do")
    match what:
        case "rider":
            return await _save_rider(visit, company)
        case "invite-rider":
            invited = (await visit.ask("invite_rider", InviteRider, id=who)).data.invite_rider
            return await _show_code(visit, invited)
        case "invite-DISPATCHER" | "invite-OWNER":
            role = what.removeprefix("invite-")
            answer = await visit.ask("invite_to_company", InviteToCompany, id=company, role=role)
            return await _show_code(visit, answer.data.invite_to_partner)
        case "withdraw":
            outcome = await visit.change("withdraw_company_invitation", id=company, invitation=who)
        case "end":
            outcome = await visit.change("end_rider", id=who)
        case "remove":
            outcome = await visit.change("remove_company_member", id=company, member=who)
    _note(visit, notes, who, outcome)
    if notes:
        return await _people(visit, notes, 422)
    return visit.go(f"/jasa-antar/{company}/orang", visit.speaking(N_("Sudah disimpan.")))


async def _show_code(visit: Visit, invited: Invited | None) -> Response:
    if invited is None:
        raise NoAnswer(Trouble.AWAY)
    if invited.code is None:
        notes = Notes()
        _note(visit, notes, visit.typed("who")[:64] or "invite", Outcome(problems=invited.problems))
        return await _people(visit, notes, 422)
    return await _people(visit, Notes(), code=invited.code)


async def _save_rider(visit: Visit, company: str) -> Response:
    typed = {name: visit.typed(name) for name in _FIELDS}
    limit = money_of(typed["limit"]) if typed["limit"] else None
    if typed["limit"] and limit is None:
        notes = Notes()
        notes.add("input.cashLimit", visit.speaking(N_("Tulis jumlah uang, misalnya 300.000.")))
        return await _people(visit, notes, 422, typed=typed)
    weight = typed["weight"].removesuffix("kg").strip()
    if weight and not (weight.isascii() and weight.isdecimal() and len(weight) <= 4):
        notes = Notes()
        notes.add("input.carriesGram", visit.speaking(N_("Tulis kilogram bulat, misalnya 20.")))
        return await _people(visit, notes, 422, typed=typed)
    asked = {
        "name": typed["name"],
        "plate": typed["plate"],
        "vehicle": typed["vehicle"] or "MOTORBIKE",
        "hasBox": typed["box"] == "yes",
        "cashLimit": limit,
        "carriesGram": int(weight) * 1_000 if weight else None,
    }
    outcome = await visit.change("save_rider", partner=company, number=typed["number"], input=asked)
    if outcome.problems:
        return await _people(visit, visit.notes(outcome.problems), 422, typed=typed)
    return visit.go(f"/jasa-antar/{company}/orang", visit.speaking(N_("Pengantar disimpan.")))


def _note(visit: Visit, notes: Notes, where: str, outcome: Outcome | None) -> None:
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(where, text)
