"""The words that people agree to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

import strawberry

from services.contracts.amounts import Language
from services.kit.graphql.errors import BadUserInput
from services.people.domain import person
from services.people.schema.context import Info
from services.people.store import consent_texts


@strawberry.type(description="A text that people agree to, in one version and one language. It never changes.")
class ConsentText:
    document: str = strawberry.field(description="Its name: `terms`, `privacy`.")
    version: int = strawberry.field(description="What `giveConsent` takes.")
    language: Language = strawberry.field(description="In which it is written.")
    text: str = strawberry.field(description="In lines; blank ones are between paragraphs.")
    published_at: datetime = strawberry.field(description="Since when it can be agreed to.")

    @classmethod
    def of(cls, row: consent_texts.ConsentText) -> Self:
        return cls(
            document=row.document,
            version=row.version,
            language=row.language,
            text=row.text,
            published_at=row.published_at,
        )


@strawberry.type
class ConsentTexts:
    @strawberry.field(
        description="What somebody is to agree to, or has agreed to; null when this was not published. Needs no token."
    )
    async def consent_text(
        self,
        info: Info,
        document: Annotated[
            str, strawberry.argument(description="In small letters: `terms`, `privacy`. Up to 40 characters.")
        ],
        version: Annotated[int | None, strawberry.argument(description="The newest when it is left out.")] = None,
        language: Annotated[Language, strawberry.argument(description="In which language it is wanted.")] = Language.ID,
    ) -> ConsentText | None:
        try:
            named = person.document(document)
        except person.TextIsInvalid as error:
            raise BadUserInput(f"document is {error}") from error
        if version is not None and not 1 <= version <= person.MOST_VERSION:
            raise BadUserInput(f"version is 1 to {person.MOST_VERSION}")
        async with info.context.db.acquire() as conn:
            found = await consent_texts.find(conn, named, version, language)
        return ConsentText.of(found) if found else None
