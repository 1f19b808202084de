"""The images of a run: today's, and the one that is upgraded from: as told, else of the last tag, else of the newest commit before a
migration. While several migrations are written for one release, that commit has some of them: the release before is to be told then.
Whoever orders during the upgrade asks the same before and after it: what could not answer them is no image to upgrade from."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from graphql import build_schema, parse, validate

from infra.local.state import ROOT
from tests.compose.stack import Failed, docker
from tests.slow.chaos.market import ASKED

NEW, OLD = "test-new", "test-old"
_DOCKERFILE = "infra/docker/Dockerfile"
_SUPERGRAPH = "gateway/supergraph.graphql"
_AT_MOST_MB = 300


async def make(said: Callable[[str], None], folder: Path, upgraded_from: str | None = None) -> Path | None:
    """Both images, by tag. In the folder the compose file of the one that is upgraded from, or None when there is none. Raises Failed."""
    commit, why = (upgraded_from, "as told") if upgraded_from else before()
    if commit is not None and not _has_image(commit):
        raise Failed(f"no image can be made of {commit}")
    if commit is not None and not answers(commit):
        raise Failed(f"{commit} does not know what the buyers of this run ask")
    building = [asyncio.to_thread(_build, ROOT, NEW)]
    if commit is not None:
        building.append(asyncio.to_thread(_build_commit, commit, OLD))
    await asyncio.gather(*building)
    size = int(docker("image", "inspect", f"wlijo:{NEW}", "--format", "{{.Size}}"))
    said(f"image: {size / 1e6:.0f} MB (at most {_AT_MOST_MB})")
    if size > _AT_MOST_MB * 1e6:
        raise Failed(f"the image is {size / 1e6:.0f} MB, more than {_AT_MOST_MB}")
    said(f"upgraded from: {commit}, {why}" if commit else f"nothing to upgrade from: {why}")
    if commit is None:
        return None
    file = folder / "docker-compose.before.yml"
    file.write_text(_git("show", f"{commit}:docker-compose.yml"))
    return file


def _build(folder: Path, tag: str) -> None:
    docker("build", "-q", "-f", str(folder / _DOCKERFILE), "-t", f"wlijo:{tag}", str(folder), timeout=600)


def _build_commit(commit: str, tag: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        _build(Path(folder), tag)


def before() -> tuple[str | None, str]:
    """The commit that is upgraded from, and how it was found."""
    tag = _git("describe", "--tags", "--abbrev=0", "HEAD")
    if tag and _has_image(tag) and answers(tag):
        return tag, f"tag {tag}"
    ours = _migrations("HEAD")
    for commit in _git("rev-list", "HEAD").split():
        # Some of our migrations and nothing else: what ran there can be brought up to here.
        if _migrations(commit) < ours and _has_image(commit) and answers(commit):
            return (
                commit,
                f"{_git('log', '-1', '--format=%h %s', commit)} (the newest commit without the newest migration)",
            )
    return (
        None,
        "the history holds no commit with fewer migrations that makes an image and knows what the buyers of this run ask",
    )


def answers(commit: str) -> bool:
    """Whether its graph has all that is asked before and after the upgrade."""
    sdl = _git("show", f"{commit}:{_SUPERGRAPH}")
    if not sdl:
        return False
    schema = build_schema(sdl, assume_valid_sdl=True)
    return not any(validate(schema, parse(document)) for document in ASKED)


def _migrations(commit: str) -> set[tuple[str, str, str]]:
    """Owner, name and content of each: by these a database knows them, whichever folder they lie in."""
    rows = (line.split() for line in _git("ls-tree", "-r", commit, "--", "services").splitlines())
    return {
        (path.split("/")[1], path.rpartition("/")[2], content)
        for _, _, content, path in rows
        if "/migrations/" in path and path.endswith(".sql")
    }


def _has_image(commit: str) -> bool:
    return bool(_git("ls-tree", "--name-only", commit, _DOCKERFILE))


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
