"""As `answers`, of files of goods and of usual goods."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered, PageInfo, Problem


class Shop(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str


class Kind(Answered, frozen=True, kw_only=True):
    code: str
    name: str


class SaleUnit(Answered, frozen=True, kw_only=True):
    code: str
    label: str
    base_per_unit: int


class Template(Answered, frozen=True, kw_only=True):
    code: str
    name: str
    label: str
    unit: str


class TemplateEdge(Answered, frozen=True, kw_only=True):
    node: Template


class Templates(Answered, frozen=True, kw_only=True):
    edges: list[TemplateEdge]
    page_info: PageInfo


class TemplateGoods(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Shop | None = None
    categories: list[Kind] | None = None
    sale_units: list[SaleUnit] | None = None
    template_goods: Templates | None = None


class CopiedProduct(Answered, frozen=True, kw_only=True):
    name: str
    slug: str
    status: str


class Copied(Answered, frozen=True, kw_only=True):
    code: str
    product: CopiedProduct | None
    problems: list[Problem]


class Copying(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    results: list[Copied] | None


class CopyTemplateGoods(Answered, frozen=True, kw_only=True):
    copy_template_goods: Copying | None = None


class SentFile(Answered, frozen=True, kw_only=True):
    id: str
    kind: str
    status: str
    dry_run: bool
    rows: int
    worked: int
    refused: int
    made_at: datetime


class SentFileEdge(Answered, frozen=True, kw_only=True):
    node: SentFile


class SentFiles(Answered, frozen=True, kw_only=True):
    edges: list[SentFileEdge]


class FilesOfShop(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    imports: SentFiles


class ShopFiles(Answered, frozen=True, kw_only=True):
    merchant_by_slug: FilesOfShop | None = None


class FileRow(Answered, frozen=True, kw_only=True):
    row: int
    sku: str
    outcome: str
    problems: list[Problem]


class FileRowEdge(Answered, frozen=True, kw_only=True):
    node: FileRow


class FileReport(Answered, frozen=True, kw_only=True):
    edges: list[FileRowEdge]
    page_info: PageInfo


class WholeFile(Answered, frozen=True, kw_only=True):
    id: str
    kind: str
    status: str
    dry_run: bool
    rows: int
    worked: int
    created: int
    changed: int
    unchanged: int
    refused: int
    ignored_columns: list[str]
    made_at: datetime
    problem: Problem | None
    report: FileReport

    @property
    def is_open(self) -> bool:
        return self.status in ("UPLOADING", "WAITING", "WORKING")

    @property
    def can_be_done(self) -> bool:
        return self.dry_run and self.status == "DONE" and self.created + self.changed > 0


class ShopFile(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Shop | None = None
    import_: WholeFile | None = None
