"""The one version of everything: shown by /readyz, the logs and traces."""

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def _read() -> str:
    # A checkout runs without being installed: there pyproject.toml is the source, and wins over a stale installation.
    source = Path(__file__).resolve().parents[3] / "pyproject.toml"
    if source.is_file():
        return str(tomllib.loads(source.read_text("utf-8"))["project"]["version"])
    try:
        return version("wlijo")
    except PackageNotFoundError:
        return "0+unknown"


VERSION = _read()
