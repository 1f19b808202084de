"""@graphql-codegen and tsc --strict on the schema that the gateway hands out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from tests.clients.building import BIN, HERE, SCALARS, run
from tests.gateway.kit.network import gateway


async def test_what_codegen_makes_of_the_schema_passes_the_strict_compiler(tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    for name in ("documents/operations.graphql", "use.ts"):
        shutil.copy(HERE / "js" / name, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    monkeypatch.setattr("tests.gateway.kit.network.SUPERGRAPHS", HERE.parents[1])
    async with gateway({}, "gateway") as running, running.client.get(f"{running.url}/schema.graphql") as answer:
        (tmp_path / "schema.graphql").write_text(await answer.text())
    config = {"scalars": SCALARS, "strictScalars": True, "useTypeImports": True, "enumsAsTypes": True}
    generates = {
        "made/": {"preset": "client", "config": config},
        "types.ts": {"plugins": ["typescript"], "config": config},
    }
    (tmp_path / "codegen.json").write_text(
        json.dumps(
            {
                "schema": "schema.graphql",
                "documents": "operations.graphql",
                "emitLegacyCommonJSImports": False,
                "generates": generates,
            }
        )
    )
    run(tmp_path, BIN / "graphql-codegen", "--config", "codegen.json")
    strict = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--moduleResolution", "nodenext"]
    run(tmp_path, BIN / "tsc", *strict, "--skipLibCheck", "use.ts", "types.ts", "made/index.ts")
    assert "price: number" in (tmp_path / "made" / "graphql.ts").read_text()
