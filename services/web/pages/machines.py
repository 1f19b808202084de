"""How a company's machines are connected: what they sign in by, where they are posted to, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from services.web.answers import Problem
from services.web.answers_machines import CompanyMachines, CreatedClient, CreatePartnerClient, RotateWebhook, SetWebhook
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

MESSAGES: Mapping[str, str] = {
    "WAITING": N_("menunggu"),
    "SENT": N_("diterima"),
    "EXPIRED": N_("lewat waktunya"),
}
PAUSED: Mapping[str, str] = {
    "COMPANY": N_("Dijeda oleh jasa antar ini."),
    "OPERATIONS": N_("Dijeda oleh petugas Wlijo."),
    "ENDPOINT": N_("Alamatnya menjawab bahwa ia sudah tidak ada (410)."),
}
_DONE: Mapping[str, tuple[str, str]] = {
    "pause": ("pause_webhook", N_("Dijeda. Tidak ada yang dikirim ke sana.")),
    "resume": ("resume_webhook", N_("Dilanjutkan.")),
    "remove": ("remove_webhook", N_("Alamatnya dihapus.")),
    "ping": ("ping_company", N_("Kabar percobaan dikirim.")),
}


async def show(visit: Visit) -> Response:
    return await _show(visit, Notes())


async def _show(
    visit: Visit, notes: Notes, status: int = 200, made: CreatedClient | None = None, secret: str = ""
) -> Response:
    visit.must_be_signed_in()
    failed = visit.query("gagal") == "1"
    answer = await visit.ask("company_machines", CompanyMachines, id=visit.path("company")[:64], failedOnly=failed)
    found, clients = answer.data.partner, answer.data.partner_clients
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.is_connected is None and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)
    return visit.page(
        "company_machines.html",
        status=status,
        company=found,
        clients=clients,
        hook=found.webhook,
        failed=failed,
        states=MESSAGES,
        paused=PAUSED,
        made=made,
        secret=secret,
        typed={name: visit.typed(name) if notes else "" for name in ("name", "url")},
        notes=notes,
        partial=answer.partial,
    )


async def change(visit: Visit) -> Response:
    """Makes what a machine signs in by, and revokes it; enters a webhook, pauses and tries it, and sends again."""
    visit.must_be_signed_in()
    company, what = visit.path("company")[:64], visit.typed("do")
    match what:
        case "create":
            return await _create(visit, company)
        case "set":
            answered = await visit.ask("set_webhook", SetWebhook, company=company, url=visit.typed("url"))
            entered = answered.data.set_partner_webhook
            if entered is None:
                raise NoAnswer(Trouble.AWAY)
            return await _secret(visit, company, entered.problems, entered.secret)
        case "rotate":
            rotated = (
                await visit.ask("rotate_webhook", RotateWebhook, company=company)
            ).data.rotate_partner_webhook_secret
            if rotated is None:
                raise NoAnswer(Trouble.AWAY)
            return await _secret(visit, company, rotated.problems, rotated.secret)
        case "revoke":
            where = visit.typed("client")[:64]
            outcome, done = (
                await visit.change("revoke_partner_client", id=where),
                N_("Sudah dicabut. Mesin itu tidak bisa masuk lagi."),
            )
        case "again":
            where = visit.typed("message")[:64]
            outcome, done = await visit.change("resend_webhook", company=company, id=where), N_("Dikirim lagi.")
        case _ if what in _DONE:
            where, (document, done) = "hook", _DONE[what]
            outcome = await visit.change(document, company=company)
        case _:
            return visit.go(f"/jasa-antar/{company}/sambungan")
    notes = Notes()
    for text in visit.notes(outcome.problems).but():
        notes.add(where, text)
    if notes:
        return await _show(visit, notes, 422)
    return visit.go(f"/jasa-antar/{company}/sambungan", visit.speaking(done))


async def _create(visit: Visit, company: str) -> Response:
    answer = await visit.ask("create_partner_client", CreatePartnerClient, company=company, name=visit.typed("name"))
    made = answer.data.create_partner_client
    if made is None:
        raise NoAnswer(Trouble.AWAY)
    if made.secret is None:
        return await _show(visit, visit.notes(made.problems), 422)
    return await _show(visit, Notes(), made=made)


async def _secret(visit: Visit, company: str, problems: list[Problem], secret: str | None) -> Response:
    if problems:
        notes = Notes()
        for text in visit.notes(problems).but():
            notes.add("url", text)
        return await _show(visit, notes, 422)
    if secret is not None:
        return await _show(visit, Notes(), secret=secret)
    return visit.go(f"/jasa-antar/{company}/sambungan", visit.speaking(N_("Sudah disimpan.")))
