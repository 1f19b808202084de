"""Takes a changed supergraph or manifest without dropping a request; what is broken is refused, and the old goes on."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from gateway.addresses import Addresses
from gateway.documents import Documents, Manifest, ManifestError
from gateway.executor.subgraph_client import SubgraphClient
from gateway.pipeline import Caches, Pipeline
from gateway.serving import Serving
from gateway.settings import Settings
from gateway.spans import Spans
from gateway.supergraph.load import load
from gateway.supergraph.model import Supergraph, SupergraphError
from services.kit.process.settings import SettingsError

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
# What tells one state of a file from another; None when there is none.
_Stamp = tuple[int, int, int] | None


def read_supergraph(settings: Settings) -> Supergraph:
    """Raises SupergraphError or OSError."""
    return load(settings.supergraph_file.read_text(encoding="utf-8"))


def pipeline(
    settings: Settings,
    supergraph: Supergraph,
    client: SubgraphClient,
    documents: Documents,
    spans: Spans | None,
) -> Pipeline:
    return Pipeline(
        supergraph,
        client,
        settings.limits,
        introspection=bool(settings.introspection),
        mask=bool(settings.mask_errors),
        all_unknown=not settings.issuers.issuers,
        admit=documents.admit,
        stage=spans.stage if spans is not None else nullcontext,
    )


@dataclass(slots=True)
class Reloading:
    """Looks at the files once a second, and at once after SIGHUP. Made before they are first read."""

    settings: Settings
    addresses: Addresses
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    _taken: dict[Path, _Stamp] = field(default_factory=dict)
    _seen: dict[Path, _Stamp] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._taken = {file: _stamp(file) for file in self._files()}

    async def run(self, serving: Serving) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_EVERY_S):
                    await self.asked.wait()
            at_once = self.asked.is_set()
            self.asked.clear()
            await self.look(serving, at_once=at_once)

    async def look(self, serving: Serving, *, at_once: bool = False) -> None:
        """A file that changed is taken when it looks the same twice: it may still be written."""
        for file in self._files():
            now = _stamp(file)
            settled = at_once or self._seen.get(file, ()) == now
            self._seen[file] = now
            if at_once or (settled and now != self._taken.get(file)):
                self._taken[file] = now
                await self._take(serving, file)

    async def _take(self, serving: Serving, file: Path) -> None:
        taken = self._supergraph if file == self.settings.supergraph_file else self._manifest
        outcome = "taken"
        try:
            await taken(serving)
        except (OSError, UnicodeDecodeError, SupergraphError, ManifestError, SettingsError) as error:
            outcome = "refused"
            logger.error("changed file is refused", extra={"file": file.name, "detail": str(error)})
        except Exception:
            # Whatever is wrong with the new file, the old one serves on.
            outcome = "refused"
            logger.exception("changed file is refused", extra={"file": file.name})
        else:
            logger.info("changed file is taken", extra={"file": file.name})
        serving.metrics.reloads.labels(file.name, outcome).inc()

    async def _supergraph(self, serving: Serving) -> None:
        # In a thread: requests go on while the schema is built.
        made = await asyncio.to_thread(self._made, serving)
        made.caches = Caches.of(self.settings.limits, serving.pipeline.caches)
        serving.client.reroute(self.addresses.of(made.supergraph))
        serving.pipeline = made

    def _made(self, serving: Serving) -> Pipeline:
        supergraph = read_supergraph(self.settings)
        return pipeline(self.settings, supergraph, serving.client, serving.documents, serving.spans)

    async def _manifest(self, serving: Serving) -> None:
        file = self.settings.manifest_file
        assert file is not None
        manifest = await asyncio.to_thread(Manifest.read, file)
        serving.documents.manifest = manifest
        # Whether a document is trusted was decided when it was read: read all again, plans stay.
        serving.pipeline.caches.operations.clear()

    def _files(self) -> Iterator[Path]:
        yield self.settings.supergraph_file
        if self.settings.manifest_file is not None:
            yield self.settings.manifest_file


@contextlib.contextmanager
def hangup(asked: asyncio.Event) -> Iterator[None]:
    """SIGHUP asks for a look, where this thread may handle signals."""
    loop = asyncio.get_running_loop()
    try:
        loop.add_signal_handler(signal.SIGHUP, asked.set)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)


def _stamp(file: Path) -> _Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
