"""Where the subgraphs are: as the environment says by the names that the supergraph has for them, else as it was composed."""

import re
from collections.abc import Mapping

import msgspec

from gateway.settings import RestRoutes, Settings
from gateway.supergraph.model import Supergraph
from services.kit.process.settings import SettingsError


class Addresses:
    """`<NAME>_URL` is the base address of a subgraph, `<NAME>_PATHS` its paths beside the graph. A variable of another name is nobody's,
    nor is a setting's: what is said of a subgraph that the supergraph does not have yet is not looked at. `beside` are names that have
    paths and are no subgraphs; their paths come last, so that theirs may be all that is left."""

    beside = ("web",)

    def __init__(self, environment: Mapping[str, str]) -> None:
        settings = {field.encode_name for field in msgspec.structs.fields(Settings)}
        self._environment = {name: value for name, value in environment.items() if name not in settings}

    def names(self, supergraph: Supergraph) -> list[str]:
        """Of all that may have an address: the subgraphs, then what is beside them."""
        return list(dict.fromkeys([*(each.name for each in supergraph.subgraphs.values()), *self.beside]))

    def of(self, supergraph: Supergraph) -> dict[str, str]:
        """Subgraph id -> where it answers GraphQL. Raises SettingsError."""
        bases = self.bases(supergraph)
        return {
            id_: f"{base}/graphql" if (base := bases.get(subgraph.name)) else subgraph.url
            for id_, subgraph in supergraph.subgraphs.items()
        }

    def bases(self, supergraph: Supergraph) -> dict[str, str]:
        """Name -> base address, of what the environment speaks of. Raises SettingsError, naming all that are wrong."""
        found: dict[str, str] = {}
        wrong: list[str] = []
        for name in self.names(supergraph):
            key = variable(name, "URL")
            value = self._environment.get(key, "").strip()
            if value.startswith(("http://", "https://")):
                found[name] = value.rstrip("/")
            elif value:
                wrong.append(f"{key} is malformed: it begins with neither http:// nor https://")
        if wrong:
            raise SettingsError("\n".join(wrong))
        return found

    def paths(self, supergraph: Supergraph) -> dict[str, str]:
        """Path -> name of who owns it. Raises SettingsError, naming all that are wrong."""
        return self._owners(supergraph, "PATHS")

    def files(self, supergraph: Supergraph) -> dict[str, str]:
        """As `paths`, of those where files are sent and fetched."""
        return self._owners(supergraph, "FILES")

    def _owners(self, supergraph: Supergraph, what: str) -> dict[str, str]:
        owners: dict[str, str] = {}
        wrong: list[str] = []
        for name in self.names(supergraph):
            key = variable(name, what)
            try:
                owners |= RestRoutes.of_one(self._environment.get(key, ""), name).owners
            except ValueError as error:
                wrong.append(f"{key} is malformed: {error}")
        if wrong:
            raise SettingsError("\n".join(wrong))
        return owners


def variable(name: str, what: str) -> str:
    """What is said of a subgraph is called so in the environment."""
    return f"{re.sub('[^A-Za-z0-9]', '_', name).upper()}_{what}"
