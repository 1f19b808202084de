"""The rows behind the bench's subgraphs, the same in every run, and the answer that plain graphql-core gives over all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import GraphQLResolveInfo, execute_sync, parse

from gateway.supergraph.load import load
from tests.gateway.kit.subgraph import Row, Subgraph

HERE = Path(__file__).parent
SUPERGRAPH = HERE / "supergraph.graphql"
SUBGRAPHS = sorted(file.stem for file in (HERE / "subgraphs").glob("*.graphql"))
CASES = ("a", "b", "c")
PAGES = 32
_PRODUCTS, _PEOPLE, _ARTICLES, _COMMENTS = 50, 10, 4, 3
_WORDS = "pasar pagi Lumajang menjual pisang agung, salak, kelapa muda dan ikan segar dari pesisir selatan. "


@dataclass(slots=True)
class World:
    """Rows by type; every row has all fields of its type, whichever subgraph owns them."""

    rows: dict[str, list[Row]]
    products: list[list[Row]]
    people: list[list[Row]]

    def subgraphs(self) -> dict[str, Subgraph]:
        resolvers: dict[str, Callable[..., Any]] = {
            "Query.products": lambda _, __, page: self.products[page],
            "Query.people": lambda _, __, page: self.people[page],
            "Article.minutes": lambda row, _: row["words"] // 200 + 1,
        }
        return {
            name: Subgraph(name, (HERE / "subgraphs" / f"{name}.graphql").read_text("utf-8"), self.rows, resolvers)
            for name in SUBGRAPHS
        }

    def truth(self, query: str, page: int) -> dict[str, Any]:
        """The data that a right gateway answers."""

        def resolve(source: Row | None, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
            if source is None:
                return {"products": self.products, "people": self.people}[info.field_name][page]
            return source["words"] // 200 + 1 if info.field_name == "minutes" else source[info.field_name]

        schema = load(SUPERGRAPH.read_text("utf-8")).api
        result = execute_sync(schema, parse(query), variable_values={"page": page}, field_resolver=resolve)
        assert not result.errors, result.errors
        return result.data or {}


def world() -> World:
    merchants: list[Row] = [
        {
            "__typename": "Merchant",
            "id": f"mer_{n:026}",
            "name": f"Kios Bu Sri {n}",
            "slug": f"kios-bu-sri-{n}",
            "village": f"Desa {n % 9}" if n % 5 else None,
            "openNow": n % 3 != 0,
        }
        for n in range(120)
    ]
    products = [
        [_product(page * _PRODUCTS + n, merchants[(page * 7 + n * 3) % 120]) for n in range(_PRODUCTS)]
        for page in range(PAGES)
    ]
    people: list[Row] = [
        {
            "__typename": "Person",
            "id": f"usr_{n:026}",
            "name": f"Siti {n}",
            "city": f"Kecamatan {n % 21}" if n % 4 else None,
            "about": _WORDS,
        }
        for n in range(PAGES * _PEOPLE)
    ]
    articles: list[Row] = []
    comments: list[Row] = []
    for number, person in enumerate(people):
        person["articles"] = [_article(number * _ARTICLES + n, person, people, comments) for n in range(_ARTICLES)]
        articles += person["articles"]
    pages = [people[first : first + _PEOPLE] for first in range(0, len(people), _PEOPLE)]
    rows = {"Merchant": merchants, "Person": people, "Article": articles, "Comment": comments}
    rows["Product"] = [one for page in products for one in page]
    return World(rows, products, pages)


def _product(n: int, merchant: Row) -> Row:
    return {
        "__typename": "Product",
        "id": f"prd_{n:026}",
        "sku": f"SKU-{n:06}",
        "name": f"Pisang agung {n}",
        "description": _WORDS[: 40 + n % 50] if n % 6 else None,
        "category": ("FRUIT", "LEAF", "ROOT")[n % 3],
        "origin": f"35.08.{n % 21:02}.2001",
        "unit": "ikat",
        "price": 5_000 + n * 10 % 40_000,
        "priceBasis": 1,
        "available": n % 200,
        "massGram": 250.5 + n % 100,
        "fresh": n % 2 == 0,
        "merchant": merchant,
    }


def _article(n: int, author: Row, people: list[Row], comments: list[Row]) -> Row:
    mine: list[Row] = [
        {
            "__typename": "Comment",
            "id": f"com_{n * _COMMENTS + at:026}",
            "text": f"{at}: {_WORDS[: 30 + (n + at) % 60]}",
            "by": people[(n * 5 + at * 11) % len(people)],
        }
        for at in range(_COMMENTS)
    ]
    comments += mine
    return {
        "__typename": "Article",
        "id": f"art_{n:026}",
        "title": f"Kabar pasar nomor {n}",
        "body": (_WORDS * 3)[: 150 + n % 120],
        "words": 100 + n % 900,
        "rank": n % 50 / 4,
        "author": author,
        "comments": mine,
    }
