"""The images of a run: today's, and the one that is upgraded from: of the last tag, else of the commit before the newest migration."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from infra.local.state import ROOT
from tests.compose.stack import Failed, docker

NEW, OLD = "test-new", "test-old"
_DOCKERFILE = "infra/docker/Dockerfile"


def make(said: Callable[[str], None]) -> None:
    """Both images, by tag; OLD is NEW's content when the history has none to upgrade from."""
    docker("build", "-q", "-f", _DOCKERFILE, "-t", f"wlijo:{NEW}", str(ROOT), timeout=600)
    size = int(docker("image", "inspect", f"wlijo:{NEW}", "--format", "{{.Size}}"))
    said(f"image: {size / 1e6:.0f} MB (at most 250)")
    if size > 250e6:
        raise Failed(f"the image is {size / 1e6:.0f} MB, more than 250")
    commit, why = before()
    if commit is None:
        said(f"nothing to upgrade from: {why}")
        docker("tag", f"wlijo:{NEW}", f"wlijo:{OLD}")
        return
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        docker("build", "-q", "-f", str(Path(folder) / _DOCKERFILE), "-t", f"wlijo:{OLD}", folder, timeout=600)
    said(f"upgraded from: {why}")


def before() -> tuple[str | None, str]:
    """The commit that is upgraded from, and how it was found."""
    tag = _git("describe", "--tags", "--abbrev=0", "HEAD")
    if tag and _has(tag):
        return tag, f"tag {tag}"
    newest = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", "services/*/migrations/*.sql")
    parent = f"{newest}^" if newest else ""
    if not parent or not _git("rev-parse", "--verify", "--quiet", parent):
        return None, "the history holds no migration that was added"
    if not _has(parent):
        return None, "the commit before the newest migration makes no image"
    return parent, f"{_git('log', '-1', '--format=%h %s', parent)} (the commit before the newest migration)"


def _has(commit: str) -> bool:
    return bool(_git("ls-tree", "--name-only", commit, _DOCKERFILE))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
