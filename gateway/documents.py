"""Which document a request means: its text, or the id of one that is known here. And which documents may be run at all.

Automatic persisted queries are told by clients and forgotten when there are too many; trusted documents come from a
manifest that a build of the clients wrote.
"""

import hashlib
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, strip_ignored_characters

from gateway.errors import RequestError
from gateway.pipeline import Request
from gateway.settings import TrustedMode
from services.kit.cache import Cache
from services.kit.codes import ErrorCode

logger = logging.getLogger(__name__)


class ManifestError(Exception):
    """The file is no manifest; the message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """`texts`: id -> document. `known`: the documents without what GraphQL ignores: spaces, commas, comments."""

    texts: Mapping[str, str]
    known: frozenset[str]

    @classmethod
    def read(cls, file: Path) -> "Manifest":
        """Apollo's persisted-query-manifest, or a map of ids to texts as the Relay compiler writes it.

        Raises ManifestError or OSError.
        """
        try:
            content = orjson.loads(file.read_bytes())
        except orjson.JSONDecodeError as error:
            raise ManifestError(f"not JSON: {error}") from error
        if not isinstance(content, dict):
            raise ManifestError("it is no JSON object")
        if isinstance(operations := content.get("operations"), list):
            found = [(one.get("id"), one.get("body")) if isinstance(one, dict) else (None, None) for one in operations]
        else:
            found = list(content.items())
        texts: dict[str, str] = {}
        for id_, text in found:
            if not isinstance(id_, str) or not isinstance(text, str):
                raise ManifestError("an operation lacks its id or its text")
            texts[id_] = text
        try:
            return cls(texts, frozenset(strip_ignored_characters(text) for text in texts.values()))
        except GraphQLError as error:
            raise ManifestError(f"a document is not GraphQL: {error.message}") from error


@dataclass(slots=True)
class Documents:
    """`apq`: may clients tell documents. `store`: what they told, by sha256 in hexadecimal.

    `mode`: off, any document and the manifest's by their ids; log-only, what safelist would refuse is run and logged.
    """

    apq: bool = True
    mode: TrustedMode = "off"
    manifest: Manifest | None = None
    store: Cache[str, str] = field(default_factory=lambda: Cache.of_bytes(8 * 1024 * 1024))
    # Documents that were not on the list, each counted when it was first seen.
    untrusted: int = 0

    def read(self, body: Any) -> tuple[Request, str | None]:
        """The request, and the hash to remember its document by. Raises RequestError; null counts as absent."""
        if not isinstance(body, Mapping):
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "The body must be one JSON object.")
        query, name = body.get("query"), body.get("operationName")
        variables, extensions = body.get("variables"), body.get("extensions")
        if name is not None and not isinstance(name, str):
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "operationName must be a string.")
        if variables is not None and not isinstance(variables, Mapping):
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "variables must be an object.")
        if extensions is not None and not isinstance(extensions, Mapping):
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "extensions must be an object.")
        told: str | None = None
        named = query is None
        if extensions and extensions.get("persistedQuery") is not None:
            query, told = self._persisted(query, extensions["persistedQuery"])
        elif query is None and (id_ := body.get("documentId", body.get("doc_id"))) is not None:
            query = self._trusted(id_)
        if not isinstance(query, str) or not query.strip():
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "query must be a string that is not empty.")
        return Request(query, name or None, variables or {}, extensions or {}, named), told

    def remember(self, told: str, query: str) -> None:
        self.store.put(told, query, sys.getsizeof(query) + sys.getsizeof(told))

    def admit(self, query: str, document: DocumentNode) -> None:
        """Raises RequestError for a document that is not trusted, where only those may be run."""
        if self.mode == "off" or (self.manifest is not None and strip_ignored_characters(query) in self.manifest.known):
            return
        self.untrusted += 1
        names = [
            node.name.value for node in document.definitions if isinstance(node, OperationDefinitionNode) and node.name
        ]
        logger.warning(
            "document is not trusted",
            extra={
                "operations": names,
                "sha256": hashlib.sha256(query.encode()).hexdigest(),
                "refused": self.mode == "safelist",
            },
        )
        if self.mode == "safelist":
            raise RequestError.of(ErrorCode.FORBIDDEN, "Only trusted documents may be run here.", status=403)

    # -- ids --------------------------------------------------------------------------------------------------------

    def _persisted(self, query: Any, extension: Any) -> tuple[Any, str | None]:
        told = extension.get("sha256Hash") if isinstance(extension, Mapping) else None
        if not isinstance(told, str) or extension.get("version", 1) != 1:
            raise RequestError.of(
                ErrorCode.BAD_USER_INPUT, "extensions.persistedQuery must have version 1 and a string sha256Hash."
            )
        text = self.manifest.texts.get(told) if self.manifest is not None else None
        if query is None and text is not None:
            return text, None
        if not self.apq or self.mode == "safelist":
            if query is not None:
                return query, None
            if self.manifest is None:
                raise RequestError.of(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported", status=200)
            raise _not_found()
        told = told.lower()
        known = self.store.get(told)
        if query is None:
            if known is None:
                raise _not_found()
            return known, None
        if query == known or text is not None or not isinstance(query, str):
            return query, None
        # A JSON text may hold half of a pair of surrogates, which no UTF-8 can: it has no hash.
        if hashlib.sha256(query.encode("utf-8", "surrogatepass")).hexdigest() != told:
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "sha256Hash is not the hash of query.")
        return query, told

    def _trusted(self, id_: Any) -> str:
        if not isinstance(id_, str):
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "documentId must be a string.")
        if self.manifest is None:
            raise RequestError.of(ErrorCode.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported", status=200)
        text = self.manifest.texts.get(id_)
        if text is None:
            raise _not_found()
        return text


def _not_found() -> RequestError:
    """Message and status are what clients of this protocol look for."""
    return RequestError.of(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound", status=200)
