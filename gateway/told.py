"""All that keeps the gateway from starting, told at once: its settings, the files that they name, and where the subgraphs are."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gateway.addresses import Addresses
from gateway.documents import Manifest, ManifestError
from gateway.settings import RestRoutes, Settings
from gateway.supergraph.load import load
from gateway.supergraph.model import Supergraph, SupergraphError
from services.kit.process.settings import SettingsError, read


def wrong(environment: Mapping[str, str]) -> list[str]:
    """A line each; of what cannot be read nothing is said that would follow from it."""
    found = read(Settings, environment)
    return [*found.wrong, *_manifest(found.known), *_supergraph(found.known, environment)]


def _manifest(known: Mapping[str, Any]) -> Iterator[str]:
    file: Path | None = known.get("manifest_file")
    if file is not None:
        try:
            Manifest.read(file)
        except (OSError, ManifestError) as error:
            yield f"TRUSTED_DOCUMENTS_FILE cannot be used: {file}: {_reason(error)}"


def _supergraph(known: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
    file: Path | None = known.get("supergraph_file")
    if file is None:
        return
    try:
        supergraph = load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, SupergraphError) as error:
        yield f"SUPERGRAPH_FILE cannot be used: {file}: {_reason(error)}"
        return
    yield from _addresses(Addresses(environment), supergraph, known.get("rest_routes"))


def _addresses(addresses: Addresses, supergraph: Supergraph, routes: RestRoutes | None) -> Iterator[str]:
    if routes is not None and (unknown := unowned(routes, addresses.names(supergraph))):
        yield unknown
    for ask in (addresses.bases, addresses.paths, addresses.files):
        try:
            ask(supergraph)
        except SettingsError as error:
            yield from str(error).splitlines()


def unowned(routes: RestRoutes, names: list[str]) -> str | None:
    """What is wrong with routes to whom the supergraph does not have."""
    unknown = sorted(set(routes.owners.values()) - {*names})
    return f"REST_ROUTES is malformed: the supergraph has no {', '.join(unknown)}" if unknown else None


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
