"""What a browser keeps for us: read by nobody, made by nobody, refreshed once."""

from __future__ import annotations

import asyncio

import pytest

from services.kit.process.settings import SettingsError, load
from services.web import session as sessions
from services.web.cookie import MOST_BYTES, Sealing, TooLarge
from services.web.refreshing import Refreshing
from services.web.session import GuestLine, Place, Session, Tokens
from services.web.settings import WebSettings
from services.web.visit import local

KEY, OTHER = "k" * 40, "o" * 40


def full() -> Session:
    """With what the release before kept of a guest's cart, too."""
    made = Session(place=Place(-8.13, 113.22, "Rumah"), phone="0812", said="Halo", guest="g" * 32, guest_lines=30)
    made.lines = [GuestLine(f"prd_{number:026}", f"var_{number:026}", 250_000) for number in range(12)]
    return made


def test_a_session_is_read_back_and_a_full_one_fits() -> None:
    sealing = Sealing([KEY])
    text = sealing.seal(full())
    assert sealing.open(text) == full_with(sealing.open(text))
    assert len(text) < MOST_BYTES
    assert "prd_" not in text


def full_with(other: Session | None) -> Session:
    """The same but for the token that each session makes for itself."""
    assert other is not None
    made = full()
    made.csrf = other.csrf
    return made


@pytest.mark.parametrize("wrong", ["", "x", "a.b.c.d.e", "x" * 5_000])
def test_what_is_no_cookie_of_ours_is_nobodys_session(wrong: str) -> None:
    assert Sealing([KEY]).open(wrong) is None


def test_a_changed_cookie_and_one_of_another_key_are_nobodys() -> None:
    text = Sealing([KEY]).seal(Session())
    assert Sealing([OTHER]).open(text) is None
    for place in range(0, len(text), 7):
        other = "A" if text[place] != "A" else "B"
        assert Sealing([KEY]).open(text[:place] + other + text[place + 1 :]) is None


def test_a_key_that_was_rotated_still_opens_and_no_longer_seals() -> None:
    before = Sealing([KEY]).seal(Session(said="lama"))
    after = Sealing([OTHER, KEY])
    opened = after.open(before)
    assert opened is not None
    assert opened.said == "lama"
    assert Sealing([KEY]).open(after.seal(opened)) is None


def test_what_browsers_would_drop_is_not_sent() -> None:
    with pytest.raises(TooLarge):
        Sealing([KEY]).seal(Session(said="x" * 4_000))


def test_a_guests_cart_counts_by_what_was_shown_last() -> None:
    assert full().cart_size == 30
    assert Session(lines=full().lines).cart_size == 12
    made = full()
    made.forget_guest()
    assert (made.guest, made.cart_size) == ("", 0)


def test_who_signs_out_leaves_nothing_behind() -> None:
    made = full()
    csrf = made.csrf
    made.tokens = Tokens("a", "r", 0)
    made.sign_out()
    assert made == Session(csrf=made.csrf, said="Halo")
    assert made.csrf != csrf


async def test_two_tabs_refresh_once_and_who_comes_later_gets_the_same() -> None:
    asked: list[str] = []
    begun, answering = asyncio.Event(), asyncio.Event()

    async def ask(token: str) -> Tokens | None:
        asked.append(token)
        begun.set()
        await answering.wait()
        return Tokens("new", "next", sessions.now_s() + 600)

    refreshing = Refreshing(ask)
    old = Tokens("old", "first", 0)
    tabs = [asyncio.ensure_future(refreshing.after(old)) for _ in range(5)]
    leaving = asyncio.ensure_future(refreshing.after(old))
    await begun.wait()
    leaving.cancel()  # a tab that is shut takes nobody's answer along
    answering.set()
    found = await asyncio.gather(*tabs)
    assert {each.access for each in found if each} == {"new"}
    later = await refreshing.after(old)
    assert later is not None
    assert later.refresh == "next"
    assert asked == ["first"]


async def test_a_refresh_that_failed_is_asked_for_again_and_an_ended_session_is_not() -> None:
    answers: list[Tokens | Exception | None] = [ConnectionError(), None]
    asked = 0

    async def ask(_: str) -> Tokens | None:
        nonlocal asked
        asked += 1
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    refreshing = Refreshing(ask)
    old = Tokens("old", "first", 0)
    with pytest.raises(ConnectionError):
        await refreshing.after(old)
    assert await refreshing.after(old) is None
    assert await refreshing.after(old) is None
    assert await refreshing.after(Tokens("of an issuer that refreshes nothing", "", 0)) is None
    assert asked == 2


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "", "/a\nb", "/\t/evil", "/" + "a" * 3_000],
)
def test_nobody_is_sent_to_another_site(path: str) -> None:
    assert local(path) == "/"


def test_ones_own_paths_are_gone_to() -> None:
    assert local("/?q=bayam&jenis=sayur") == "/?q=bayam&jenis=sayur"


def test_settings_are_checked_whole() -> None:
    told = {"PORT": "8000", "GATEWAY_URL": "http://gateway:4000", "WEB_SESSION_KEY": f"{KEY}\n{OTHER}\n"}
    made = load(WebSettings, told)
    assert (made.keys, made.secure) == ([KEY, OTHER], True)
    assert not load(WebSettings, {**told, "WLIJO_MODE": "local"}).secure
    for wrong in (
        {"WEB_SESSION_KEY": "short"},
        {"GATEWAY_URL": "gateway"},
        {"SIGN_IN_AS_URL": "http://x"},
        {"WEB_SESSION_KEY": ""},
    ):
        with pytest.raises(SettingsError):
            load(WebSettings, {**told, **wrong})
