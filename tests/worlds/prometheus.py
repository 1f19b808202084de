"""Prometheus itself, Alertmanager, and their tools; and whatever other program Debian has of those that stand beside us."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "amtool": "prometheus-alertmanager",
    "caddy": "caddy",
}


def alertmanager() -> tuple[str, ...]:
    """The command. Debian's reads a template below /usr/share, so an unpacked one sees its own there, in a namespace of its own."""
    found = Path(program("prometheus-alertmanager"))
    share = found.parents[1] / "share"
    if share == Path("/usr/share"):
        return (str(found),)
    inside = ("unshare", "-rm", "sh", "-c", 'mount --bind "$0" /usr/share && exec "$@"', str(share))
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode:
        pytest.skip(
            "no Alertmanager is installed here, and no namespace may be made in which an unpacked one finds its files"
        )
    return (*inside, str(found))


def program(name: str) -> str:
    """One of those above: WLIJO_PROMTOOL (and so on), the one on the path, or that of Debian's package, unpacked into the cache without
    installing a service. Skips the test where there is none of these."""
    if found := os.environ.get(f"WLIJO_{name.upper().replace('-', '_')}") or shutil.which(name):
        return found
    package = _PACKAGES[name]
    cache = Path(os.environ.get("WLIJO_CACHE") or Path.home() / ".cache" / "wlijo") / (
        "promtool" if package == "prometheus" else package
    )
    binary = cache / "usr" / "bin" / name
    if not binary.exists():
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            pytest.skip(f"no {name} here, and no apt-get that would bring Debian's package {package}")
        cache.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", package], cwd=cache, capture_output=True, check=False)
        packages = sorted(cache.glob(f"{package}_*.deb"))
        if not packages:
            pytest.skip(f"no {name} here, and apt-get did not bring Debian's package {package}")
        subprocess.run(["dpkg", "-x", str(packages[-1]), str(cache)], check=True)
    return str(binary)
