"""Sellers name their shops and goods; a page of ours never stands where one of those names may stand."""

from __future__ import annotations

import pytest
from starlette.routing import BaseRoute, Match, Route

from services.web.pages import routes
from tests.worlds.fake_gateway import Site

# What stands in an address by its owner's choosing. All else is an id or a code that we made.
_NAMED = ("{merchant}", "{shop}", "{product}")


def hidden(pages: list[BaseRoute]) -> list[tuple[str, str]]:
    """Each page whose own words are read as a name by a page of named things, or the other way round."""
    found = []
    known = [page for page in pages if isinstance(page, Route)]
    for named in known:
        if not named.path.endswith(_NAMED):
            continue
        for other in known:
            scope = {"type": "http", "method": "GET", "path": other.path, "root_path": ""}
            last = other.path.rsplit("/", 1)[-1]
            if other is not named and not last.startswith("{") and named.matches(scope)[0] is not Match.NONE:
                found.append((other.path, named.path))
    return found


def test_no_page_of_ours_stands_where_a_sellers_name_may_stand(web: Site) -> None:
    assert hidden(list(routes(web.shared))) == []


@pytest.mark.parametrize("own", ["/toko/{merchant}/keliling", "/toko/baru"])
def test_a_page_that_takes_a_sellers_name_is_found(own: str) -> None:
    pages: list[BaseRoute] = [
        Route(path, lambda _: None) for path in (own, "/toko/{merchant}", "/toko/{merchant}/{product}")
    ]
    assert [taken for taken, _ in hidden(pages)] == [own]
