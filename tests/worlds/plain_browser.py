"""A browser without JavaScript: pages, their links and forms, and cookies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL


@dataclass(slots=True)
class Form:
    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and words of each."""
    choices: dict[str, list[str]] = field(default_factory=dict)

    def has(self, words: str) -> bool:
        return any(words in each for _, _, each in self.buttons)


class Page(HTMLParser):
    """`text` is what is read on it."""

    def __init__(self, url: str, status: int, headers: dict[str, str], html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url, self.status, self.headers, self.html = url, status, headers, html
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.lang = ""
        self._form: Form | None = None
        self._text: list[str] = []
        self._button: tuple[str, str] | None = None
        self._link = ""
        self._select = ""
        self._inner: list[str] = []
        self._quiet = 0
        self.feed(html)

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._text).split())

    def form(self, words: str) -> Form:
        """The first whose button says so."""
        for each in self.forms:
            if each.has(words):
                return each
        raise AssertionError(f"no form says {words!r}: {self.status} {self.url}\n{self.text}")

    def link(self, words: str) -> str:
        for text, href in self.links.items():
            if words in text:
                return href
        raise AssertionError(f"no link says {words!r}: {self.status} {self.url}\n{self.text}")

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in found}
        name = given.get("name", "")
        match tag:
            case "html":
                self.lang = given.get("lang", "")
            case "style" | "script":
                self._quiet += 1
            case "form":
                self._form = Form(given.get("action", self.url), given.get("method", "get").lower())
                self.forms.append(self._form)
            case "input" if self._form is not None and name:
                kind = given.get("type", "text")
                if kind in ("radio", "checkbox"):
                    self._form.choices.setdefault(name, []).append(given.get("value", "on"))
                    if "checked" in given:
                        self._form.values[name] = given.get("value", "on")
                else:
                    self._form.values[name] = given.get("value", "")
            case "select":
                self._select = name
                if self._form is not None:
                    self._form.values.setdefault(name, "")
            case "option" if self._form is not None and self._select:
                self._form.choices.setdefault(self._select, []).append(given.get("value", ""))
                if "selected" in given:
                    self._form.values[self._select] = given.get("value", "")
            case "button":
                self._button, self._inner = (name, given.get("value", "")), []
            case "a":
                self._link, self._inner = given.get("href", ""), []

    def handle_endtag(self, tag: str) -> None:
        said = " ".join("".join(self._inner).split())
        match tag:
            case "style" | "script":
                self._quiet -= 1
            case "form":
                self._form = None
            case "select":
                self._select = ""
            case "button" if self._button is not None:
                if self._form is not None:
                    self._form.buttons.append((*self._button, said))
                self._button = None
            case "a" if self._link:
                self.links.setdefault(said, self._link)
                self._link = ""

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self._text.append(data)
            self._inner.append(data)


class PlainBrowser:
    """`base`: the site. Follows redirects as browsers do."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self.session = session
        self.page = Page(base, 0, {}, "")

    def cookie(self, name: str) -> str:
        return next(each.value for each in self.session.cookie_jar if each.key == name)

    async def go(self, path: str) -> Page:
        return await self._ask("GET", urljoin(self.page.url or self.base, path))

    async def upload(self, words: str, **files: bytes) -> Page:
        """As `press`, of a form with files."""
        form = self.page.form(words)
        assert set(files) <= set(form.values), f"the form has no {set(files) - set(form.values)}"
        sent = aiohttp.FormData({name: value for name, value in form.values.items() if name not in files})
        for name, content in files.items():
            sent.add_field(name, content, filename="IMG_0001.jpg", content_type="image/jpeg")
        return await self._ask("POST", urljoin(self.page.url, form.action), data=sent)

    async def send(self, form: Form, words: str, *, files: Mapping[str, bytes] | None = None, **values: str) -> Page:
        """Presses the button that says so, with these values typed or chosen and these files. Raises AssertionError for a field that is
        not there."""
        unknown = set(values) - set(form.values) - set(form.choices)
        assert not unknown, f"the form has no {unknown}"
        name, value, _ = next(each for each in form.buttons if words in each[2])
        sent = {**form.values, **values, **({name: value} if name else {})}
        url = urljoin(self.page.url, form.action)
        if form.method == "get":
            return await self._ask("GET", url, params=sent)
        if files is None:
            return await self._ask("POST", url, data=sent)
        whole = aiohttp.FormData({name: value for name, value in sent.items() if name not in files})
        for name, content in files.items():
            whole.add_field(name, content, filename=f"{name}.csv", content_type="text/csv")
        return await self._ask("POST", url, data=whole)

    async def press(self, words: str, *, files: Mapping[str, bytes] | None = None, **values: str) -> Page:
        return await self.send(self.page.form(words), words, files=files, **values)

    async def become(self, name: str) -> Page:
        """Signed in as this person of an installation to try; a page says people's names, and not these."""
        page = await self.go("/masuk-sebagai")
        found = [(form, said) for form in page.forms for _, value, said in form.buttons if value == name]
        assert found, f"nobody is called {name!r}: {page.text}"
        return await self.send(*found[0])

    async def follow(self, words: str) -> Page:
        return await self.go(self.page.link(words))

    async def _ask(
        self,
        method: str,
        url: str,
        data: dict[str, str] | aiohttp.FormData | None = None,
        params: dict[str, str] | None = None,
    ) -> Page:
        async with self.session.request(method, url, data=data, params=params) as answer:
            html = await answer.text()
            self.page = Page(str(answer.url), answer.status, {k.lower(): v for k, v in answer.headers.items()}, html)
        return self.page


def session(base: str = "") -> aiohttp.ClientSession:
    """To a site on this machine `base`, as browsers do, secure cookies are sent without TLS too."""
    jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(base) if base else None)
    return aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=60))
