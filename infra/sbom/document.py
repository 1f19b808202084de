"""The document: the same parts make the same text, byte for byte, so two of them can be compared."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import msgspec

from infra.sbom import spec
from infra.sbom.parts import Image, Package, Scope

_SPACE = uuid.UUID("5d0b8f7e-6a51-5c0e-9c58-0c3c9f6f8d11")


def document(ours: tuple[str, str, list[str]], packages: Sequence[Package], images: Sequence[Image]) -> str:
    name, version, direct = ours
    root = f"{name}@{version}"
    components = [*map(_library, packages), *map(_container, images)]
    by_name = {each.name: _purl(each) for each in packages if each.scope is Scope.REQUIRED}
    used = [*(by_name[each] for each in direct), *(f"pkg:docker/{each.name}@{each.tag}" for each in images)]
    bom = spec.Bom(
        bom_format="CycloneDX",
        spec_version="1.6",
        serial_number="urn:uuid:00000000-0000-0000-0000-000000000000",
        version=1,
        metadata=spec.Metadata(
            component=spec.Component(
                type="application",
                bom_ref=root,
                name=name,
                version=version,
                licenses=[spec.LicenseChoice(license=spec.License(id="Apache-2.0"))],
            ),
            lifecycles=[spec.Lifecycle(phase="pre-build")],
        ),
        components=components,
        dependencies=[spec.Dependency(ref=root, depends_on=used)],
        # All packages are here; which of them asked for which is not, nor what lies in others' images.
        compositions=[spec.Composition(aggregate="incomplete", assemblies=[root], dependencies=[root])],
    )
    content = msgspec.json.encode(bom)
    numbered = msgspec.structs.replace(bom, serial_number=f"urn:uuid:{uuid.uuid5(_SPACE, content.decode())}")
    return msgspec.json.format(msgspec.json.encode(numbered), indent=1).decode() + "\n"


def _purl(package: Package) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _library(package: Package) -> spec.Component:
    purl = _purl(package)
    files = [spec.Hash(alg="SHA-256", content=each) for each in package.hashes]
    return spec.Component(
        type="library",
        bom_ref=purl,
        name=package.name,
        version=str(package.version),
        scope=package.scope.value,
        purl=purl,
        external_references=[spec.ExternalReference(type="distribution", url=purl, hashes=files)],
        properties=[spec.Property(name="wlijo:marker", value=package.marker)] if package.marker else [],
    )


def _container(image: Image) -> spec.Component:
    purl = f"pkg:docker/{image.name}@{image.tag}"
    return spec.Component(
        type="container", bom_ref=purl, name=image.name, version=image.tag, scope="required", purl=purl
    )
