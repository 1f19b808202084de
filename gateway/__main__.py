"""python -m gateway [--supergraph FILE] [--port N]: serves a supergraph."""

import argparse
import gc
import os
import sys
import time
from types import FrameType

import uvicorn

from gateway import app
from gateway.documents import ManifestError
from gateway.protocols import sockets
from gateway.serving import Serving
from gateway.settings import load
from gateway.supergraph.model import SupergraphError
from gateway.told import wrong
from services.kit.observe import logs
from services.kit.process.settings import SettingsError, refused


class _Server(uvicorn.Server):
    """Told to go, it first says so, lets what is under way end, then closes."""

    def __init__(self, config: uvicorn.Config, shared: Serving) -> None:
        super().__init__(config)
        self._shared = shared
        self._told_at = 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A second signal means now. The first leaves `should_exit` alone: /readyz answers while it may be asked."""
        if self._told_at:
            super().handle_exit(sig, frame)
            return
        self._told_at = time.monotonic()
        self._shared.draining.set()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._drained()

    def _drained(self) -> bool:
        if not self._told_at:
            return False
        waited, settings = time.monotonic() - self._told_at, self._shared.settings
        return waited >= settings.drain_notice_s and (self._shared.under_way == 0 or waited >= settings.drain_s)


def main(arguments: list[str] | None = None) -> int:
    environment = _environment(arguments)
    try:
        settings = load(environment)
        logs.setup("gateway", settings.log_level)
        shared = app.serving(settings, environment)
    except (SettingsError, OSError, UnicodeDecodeError, SupergraphError, ManifestError) as error:
        # The first that was met; whoever mends it shall not meet the next one at the next start.
        return refused("gateway", SettingsError("\n".join(wrong(environment)) or str(error)))
    _collect_seldom()
    _Server(sockets.config(app.app(shared), shared), shared).run()
    return 0


def _collect_seldom() -> None:
    """An answer is thousands of containers and no cycle: looking for cycles after every 700 of them costs a third of all CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 2, 2)


def _environment(arguments: list[str] | None) -> dict[str, str]:
    """The process's, with what the command line says in its place."""
    parser = argparse.ArgumentParser(prog="python -m gateway", description="Serves a federation v2 supergraph.")
    parser.add_argument("--supergraph", metavar="FILE", help="composed SDL; subgraph errors are passed on as they are")
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--explorer", action="store_true", help="a page for browsers at /graphql, whatever the mode")
    given = parser.parse_args(arguments)
    environment = dict(os.environ)
    if given.supergraph is not None:
        # On its own it keeps to GraphQL alone: who wants the locks of production sets them.
        alone = {"CSRF_PREVENTION": "off", "RATE_LIMIT_PER_SECOND": "0"}
        environment = {**alone, **environment, "SUPERGRAPH_FILE": given.supergraph, "MASK_ERRORS": "off"}
    if given.host is not None:
        environment["HOST"] = given.host
    if given.port is not None:
        environment["PORT"] = str(given.port)
    if given.explorer:
        environment["EXPLORER"] = "on"
    return environment


if __name__ == "__main__":
    sys.exit(main())
