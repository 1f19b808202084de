"""A photo of a claim, from the phone's camera to the claim: an address is asked for, and the browser itself sends the photo there."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from services.web import problems
from services.web.answers_aftercare import AskClaimPhoto
from services.web.pages.shop_photos import AGAIN, TROUBLE
from services.web.visit import Notes, Visit
from services.web.words import N_

_ENOUGH: Mapping[str, str] = {
    "TOO_MANY_PHOTOS": N_("Sudah ada %(limit)s foto dari Anda di klaim ini, itu paling banyak."),
    "TOO_MANY_UPLOADS": N_("Terlalu banyak foto klaim dalam sehari: paling banyak %(limit)s. Coba lagi besok."),
}


async def ask(visit: Visit, claim_id: str, page: str, notes: Notes) -> dict[str, str]:
    """The address to send one to, by the claim; what forbids it is said at the claim."""
    back = f"{page}?{urlencode({'klaim': claim_id})}"
    asked = (await visit.ask("ask_claim_photo", AskClaimPhoto, id=claim_id, back=back)).data.request_claim_photo_upload
    if asked is None:  # the claim stands: a photo can be added later
        notes.add(claim_id, visit.speaking(AGAIN))
        return {}
    for problem in asked.problems:
        said = _ENOUGH.get(problem.code)
        text = visit.speaking(said) % {"limit": problem.limit} if said else problems.say(problem, visit.speaking)
        notes.add(claim_id, text)
    return {claim_id: asked.upload.url} if asked.upload else {}


def came_back(visit: Visit, notes: Notes) -> None:
    """Of who has sent one: it is there, or what was wrong with it."""
    if trouble := visit.query("trouble"):
        notes.add(visit.query("klaim"), visit.speaking(TROUBLE.get(trouble, AGAIN)))
    elif visit.query("photo"):
        visit.session.said = visit.speaking(N_("Fotonya sudah terkirim."))
