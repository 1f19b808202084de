"""The fields of CycloneDX 1.6 (JSON) that we write, as the specification has them: names, patterns, and which there must be."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
Purl = Annotated[str, msgspec.Meta(pattern=r"^pkg:(pypi|docker)/[^\s@]+@[^\s@]+$")]
Ref = Annotated[str, msgspec.Meta(min_length=1)]
Urn = Annotated[str, msgspec.Meta(pattern=r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]


class _Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    pass


class Hash(_Part, frozen=True, kw_only=True):
    alg: Literal["SHA-256"]
    content: Sha256


class ExternalReference(_Part, frozen=True, kw_only=True):
    type: Literal["distribution"]
    url: Purl
    hashes: Annotated[list[Hash], msgspec.Meta(min_length=1)]


class Property(_Part, frozen=True, kw_only=True):
    name: str
    value: str


class License(_Part, frozen=True, kw_only=True):
    id: str


class LicenseChoice(_Part, frozen=True, kw_only=True):
    license: License


class Component(_Part, frozen=True, kw_only=True):
    type: Literal["application", "library", "container"]
    bom_ref: Ref = msgspec.field(name="bom-ref")
    name: Annotated[str, msgspec.Meta(min_length=1)]
    version: str
    scope: Literal["required", "optional", "excluded"] | None = None
    purl: Purl | None = None
    licenses: list[LicenseChoice] = []
    external_references: list[ExternalReference] = []
    properties: list[Property] = []


class Lifecycle(_Part, frozen=True, kw_only=True):
    phase: Literal["pre-build"]


class Metadata(_Part, frozen=True, kw_only=True):
    component: Component
    lifecycles: list[Lifecycle]


class Dependency(_Part, frozen=True, kw_only=True):
    ref: Ref
    depends_on: list[Ref] = []


class Composition(_Part, frozen=True, kw_only=True):
    aggregate: Literal["complete", "incomplete"]
    assemblies: list[Ref] = []
    dependencies: list[Ref] = []


class Bom(_Part, frozen=True, kw_only=True):
    """`$schema` is left out: it is an address, and nothing is fetched."""

    bom_format: Literal["CycloneDX"]
    spec_version: Literal["1.6"]
    serial_number: Urn
    version: Annotated[int, msgspec.Meta(ge=1)]
    metadata: Metadata
    components: list[Component]
    dependencies: list[Dependency]
    compositions: list[Composition]


class Unfit(Exception):
    """A document that is none; the text says where."""


def read(text: str | bytes) -> Bom:
    """Raises Unfit: also for references to nobody, and one name for two."""
    try:
        bom = msgspec.json.decode(text, type=Bom)
    except msgspec.DecodeError as error:
        raise Unfit(str(error)) from error
    refs = [bom.metadata.component.bom_ref, *(each.bom_ref for each in bom.components)]
    if twice := sorted({ref for ref in refs if refs.count(ref) > 1}):
        raise Unfit(f"bom-ref twice: {', '.join(twice)}")
    named = {ref for each in bom.dependencies for ref in (each.ref, *each.depends_on)}
    named |= {ref for each in bom.compositions for ref in (*each.assemblies, *each.dependencies)}
    if nobody := sorted(named - set(refs)):
        raise Unfit(f"ref to nobody: {', '.join(nobody)}")
    return bom
