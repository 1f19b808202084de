"""No page is left out of what `make test-web` looks at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pytest
from starlette.routing import BaseRoute, Match, Route

from services.web.pages import routes
from tests.screens.people import PAGES, UNSEEN
from tests.worlds.fake_gateway import Site


def _shown(pages: Sequence[BaseRoute]) -> list[Route]:
    return [page for page in pages if isinstance(page, Route) and "GET" in (page.methods or ())]


def left_out(pages: Sequence[BaseRoute], samples: Iterable[str]) -> set[str]:
    """Addresses with a page that none of the samples leads to."""
    known = _shown(pages)
    seen = set()
    for sample in samples:
        path = re.sub(r"\{\w+\}", "x", sample).partition("?")[0]
        scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
        seen |= {
            page.path for page in known[:] if page.matches(scope)[0] is Match.FULL and _first(known, scope) is page
        }
    return {page.path for page in known} - seen


def _first(known: Sequence[Route], scope: dict[str, str]) -> Route:
    return next(page for page in known if page.matches(scope)[0] is Match.FULL)


SAMPLES = [
    sample.replace("{company}", "/jasa-antar/x").replace("{hostile}", "/toko/x/y")
    for each in PAGES.values()
    for sample in each
]


def test_every_page_is_looked_at(web: Site) -> None:
    assert left_out(routes(web.shared), SAMPLES) == set(UNSEEN)


@pytest.mark.parametrize("new", ["/jualan/{shop}/baru", "/baru"])
def test_a_new_page_is_missed(web: Site, new: str) -> None:
    assert new in left_out([Route(new, lambda _: None), *routes(web.shared)], SAMPLES)
