"""The first look: the tour runs as it stands, in order, twice; in a browser where there is one, by keyboard and on a phone."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from infra.local.robots.platform import Person
from tests.e2e import browser
from tests.e2e.browser import CTRL, Tab
from tests.e2e.caller import Caller
from tests.e2e.installation import Installation

ANSWER = "document.getElementById('answer').textContent"
READY = "document.body.dataset.ready === 'schema'"


async def test_the_tours_documents_run_as_they_stand_in_order_and_twice(platform: Installation) -> None:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=90)) as session:
        async with session.get(f"{platform.url}/graphql/start") as answer:
            start = await answer.json()
        assert start["inbox"]
        caller = Caller(platform.url, await _token(platform.url, start["phone"], session), session)
        orders = [await _tour(caller, start["tour"]) for _ in range(2)]
    assert orders[0] != orders[1]


async def _token(url: str, phone: str, session: aiohttp.ClientSession) -> str:
    token, _ = await Person(url, phone).token(session)
    return token


async def _tour(caller: Caller, tabs: list[dict[str, Any]]) -> str:
    """The code of the order that was followed."""
    answers: dict[str, Any] = {}
    for tab in tabs:
        variables = _resolved(json.loads(tab["variables"]), answers)
        said = re.search(r"^(query|mutation|subscription) (\w+)", tab["query"], re.M)
        assert said is not None
        if said[1] == "subscription":
            async for order in caller.follow(tab["query"], **variables):
                assert not list(_problems(order)), order
                return str(order["orderCode"])
        answer = await caller.ask(tab["query"], **variables)
        assert answer.errors == [], (tab["title"], answer.errors)
        assert not list(_problems(answer.data)), (tab["title"], answer.data)
        answers[said[2]] = answer.data
    raise AssertionError("the tour ends with a subscription")


def _resolved(variables: Any, answers: dict[str, Any]) -> Any:
    """What gateway/explorer/page/formulas.js makes of them."""
    if isinstance(variables, dict):
        return {name: _resolved(each, answers) for name, each in variables.items()}
    if not isinstance(variables, str) or not variables.startswith("="):
        return variables
    terms = [_term(term, answers) for term in variables[1:].split(" + ")]
    return terms[0] if len(terms) == 1 else sum(terms)


def _term(term: str, answers: dict[str, Any]) -> Any:
    return secrets.token_hex(16) if term == "key()" else _at(answers, term.split("."))


def _at(value: Any, path: list[str]) -> Any:
    if not path:
        return value
    step, *rest = path
    if step == "*":
        return [_at(each, rest) for each in value]
    return _at(value[int(step)] if isinstance(value, list) else value[step], rest)


def _problems(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, dict):
        if {"code", "message"} <= answer.keys():
            yield answer
        for each in answer.values():
            yield from _problems(each)
    elif isinstance(answer, list):
        for each in answer:
            yield from _problems(each)


@pytest.fixture
async def tab(platform: Installation) -> AsyncIterator[Tab]:
    program = browser.found()
    if program is None:
        pytest.skip(f"there is no browser here: none of {', '.join(browser.NAMES)}")
    async with browser.browsing(program) as made:
        await made.size(1280, 800)
        await made.go(f"{platform.url}/graphql")
        await made.until(READY)
        yield made
        assert made.complaints == []
        own = platform.url.partition("://")[2]
        assert [url for url in made.asked if url.split("://")[-1].partition("/")[0] != own and "data:" not in url] == []


async def _run_the_tour(tab: Tab) -> str:
    for number in range(4):
        await tab.click(f"#tab-{number}")
        await tab.click("#run")
        answer = await tab.until(f"document.getElementById('state').textContent.startsWith('200') && {ANSWER}")
        assert not list(_problems(json.loads(answer)["data"])), answer
    await tab.click("#tab-4")
    await tab.click("#run")
    answer = await tab.until(f"{ANSWER}.includes('status') && {ANSWER}")
    await tab.click("#stop")
    await tab.until("document.getElementById('stop').hidden")
    code = re.search(r"LMJ-\d+-\d+", answer)
    assert code is not None, answer
    return code[0]


async def test_in_a_browser_the_tour_runs_twice_unedited(tab: Tab) -> None:
    assert await _run_the_tour(tab) != await _run_the_tour(tab)


async def test_the_keyboard_alone_writes_completes_and_runs(tab: Tab) -> None:
    # From the top of the page; the answer is reached without a pointer.
    for _ in range(30):
        if await tab.value("document.activeElement.id === 'add'"):
            break
        await tab.press("Tab")
    await tab.press("Enter")
    await tab.until("document.getElementById('query').value === ''")
    for _ in range(10):
        if await tab.value("document.activeElement.id === 'query'"):
            break
        await tab.press("Tab")
    await tab.type("{ me { conta")
    assert "contacts" in await tab.until(
        "!document.getElementById('popup').hidden && document.getElementById('options').textContent"
    )
    await tab.press("Escape")
    await tab.until("document.getElementById('popup').hidden")
    await tab.press(" ", CTRL)
    await tab.until("!document.getElementById('popup').hidden")
    await tab.press("Enter")
    await tab.type(" { lab")
    await tab.press("Tab")
    await tab.type(" } } }")
    assert await tab.value("document.getElementById('query').value") == "{ me { contacts { label } } }"
    await tab.press("Enter", CTRL)
    answer = await tab.until(f"{ANSWER}.includes('data') && {ANSWER}")
    assert "errors" not in json.loads(answer)
    # With nothing to choose from, Tab goes on: no trap.
    await tab.press("Tab")
    assert await tab.value("document.activeElement.id !== 'query'")


async def test_docs_are_searched_walked_and_closed(tab: Tab) -> None:
    await tab.click("#docs-open")
    await tab.until("document.activeElement.id === 'docs-search'")
    await tab.type("distancem")
    assert "Quote.distanceM: Int!" in await tab.until(
        "document.getElementById('docs-body').innerText.includes('Found') && document.getElementById('docs-body').innerText"
    )
    await tab.value(
        "[...document.querySelectorAll('#docs-body button')].find((each) => each.textContent === 'Quote').click()"
    )
    assert "The signed statement." in await tab.value("document.getElementById('docs-body').innerText")
    await tab.press("Escape")
    assert await tab.value("document.getElementById('docs').hidden")
    assert await tab.value("document.activeElement.id") == "docs-open"


async def test_on_a_phone_nothing_is_wider_than_the_screen(tab: Tab, platform: Installation) -> None:
    await tab.size(360, 740, mobile=True)
    await tab.go("about:blank")
    await tab.go(f"{platform.url}/graphql")
    await tab.until(READY)
    wide = """[...document.querySelectorAll('body *')].filter((each) => !each.closest('#tabs')
        && each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.tagName + each.id).join()"""
    assert await tab.value("document.documentElement.scrollWidth") == 360
    assert await tab.value(wide) == ""
    assert await _run_the_tour(tab)
    assert await tab.value("document.documentElement.scrollWidth") == 360
    await tab.click("#docs-open")
    await tab.until("!document.getElementById('docs').hidden")
    assert await tab.value(wide) == ""
    # What a finger touches is as high as a finger needs.
    low = """[...document.querySelectorAll('header button, nav button')]
        .filter((each) => !each.hidden && each.getBoundingClientRect().height < 32).length"""
    assert await tab.value(low) == 0


async def test_ones_own_tabs_are_there_again_and_the_tour_can_be_begun_anew(tab: Tab, platform: Installation) -> None:
    await tab.value("document.getElementById('query').focus()")
    await tab.type("# mine\n")
    await tab.click("#add")
    await tab.type("x")
    await tab.value("(() => { const area = document.getElementById('query'); area.focus(); })()")
    await tab.type("{ me { id } }")
    await tab.go("about:blank")
    await tab.go(f"{platform.url}/graphql")
    await tab.until(READY)
    assert "# mine" in await tab.value("document.getElementById('query').value")
    assert await tab.value("document.querySelectorAll('#tabs button').length") == 6
    await tab.click("#restart")
    assert "# mine" not in await tab.value("document.getElementById('query').value")
    stored = await tab.value("JSON.stringify(localStorage)")
    assert "eyJ" not in stored, "a token is kept"


async def test_the_demos_address_opens_the_order_that_it_placed(tab: Tab, platform: Installation) -> None:
    await tab.go("about:blank")
    await tab.go(f"{platform.url}/graphql#follow?id=ord_1")
    await tab.until(READY)
    assert await tab.value("document.querySelector('#tabs [aria-selected=true]').textContent") == "5 follow"
    assert json.loads(await tab.value("document.getElementById('variables').value")) == {"id": "ord_1"}
