"""Operators enter what people say for what goods are called."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.catalog.commands import synonyms
from services.catalog.domain import finding
from services.catalog.domain.synonyms import MAX_MEANING_WORDS, MAX_WORD_CHARACTERS
from services.catalog.schema.finding import Synonym
from services.catalog.schema.loaders import Info
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line

_Word = Annotated[str, strawberry.argument(description=f"One word of up to {MAX_WORD_CHARACTERS} characters: unting.")]


@strawberry.type
class SaveSynonymPayload(Payload):
    synonym: Synonym | None = None


@strawberry.type
class RemoveSynonymPayload(Payload):
    word: str | None = strawberry.field(default=None, description="As it was looked for.")


@strawberry.type
class FindingMutations:
    @refusable(
        description="Operators only: what a word means, in place of what it meant. A search for either finds both from now on."
    )
    async def save_synonym(
        self,
        info: Info,
        word: _Word,
        means: Annotated[
            str,
            strawberry.argument(
                description=f"1 to {MAX_MEANING_WORDS} words of up to {MAX_WORD_CHARACTERS} characters in all: ikat, bawang merah."
            ),
        ],
    ) -> SaveSynonymPayload | None:
        by = info.context.identity.require(Role.OPS)
        said = read_line("word", word, longest=MAX_WORD_CHARACTERS)
        meant = read_line("means", means, longest=MAX_WORD_CHARACTERS)
        async with transaction(info.context.db) as conn:
            kept = await synonyms.save(conn, said, meant, by=by)
        return SaveSynonymPayload(synonym=Synonym(word=kept[0], means=kept[1]))

    @refusable(description="Operators only: the word means nothing else any more. One that is not there is no trouble.")
    async def remove_synonym(self, info: Info, word: _Word) -> RemoveSynonymPayload | None:
        by = info.context.identity.require(Role.OPS)
        said = " ".join(finding.words(read_line("word", word, longest=MAX_WORD_CHARACTERS)))
        async with transaction(info.context.db) as conn:
            await synonyms.remove(conn, said, by=by)
        return RemoveSynonymPayload(word=said)
