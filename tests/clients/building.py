"""What a front-end project does before it runs: types from the schema, Relay's artifacts, the caches as docs/api.md has them, tsc."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

from graphql import build_schema, introspection_from_schema

from gateway.governance.caches import BEGIN, END

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs" / "api.md"
BIN = HERE / "node_modules" / ".bin"
SCALARS = {"Rupiah": "number", "DateTime": "string", "Date": "string", "LocalTime": "string"}
# So that codegen's types and Relay's are alike.
_CODEGEN = {
    "scalars": SCALARS,
    "strictScalars": True,
    "useTypeImports": True,
    "enumsAsTypes": True,
    "immutableTypes": True,
}
_RELAY = {
    "root": ".",
    "sources": {"apps/relay": "wlijo"},
    "projects": {
        "wlijo": {
            "language": "typescript",
            "schema": "schema.graphql",
            "output": "apps/made/relay",
            "eagerEsModules": True,
            "useImportTypeSyntax": True,
            "noFutureProofEnums": True,
            "typescriptExcludeUndefinedFromNullableUnion": True,
            "customScalarTypes": {**SCALARS, "ID": "string"},
        }
    },
}
_TSC = {
    "compilerOptions": {
        "strict": True,
        "noUncheckedIndexedAccess": True,
        "target": "es2022",
        "module": "nodenext",
        "skipLibCheck": True,
        "allowJs": True,
        "outDir": "run",
        "rootDir": ".",
    },
    "include": ["apps/**/*.ts", "apps/made/**/*.ts"],
}


def built(schema: str, folder: Path) -> Path:
    """The script that runs an app, made of this schema in an empty folder."""
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    shutil.copytree(HERE / "apps", folder / "apps")
    shutil.copytree(HERE / "js", folder / "js", ignore=shutil.ignore_patterns("*.ts"))
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "schema.graphql").write_text(schema)
    codegen = {
        "schema": "schema.graphql",
        "documents": "apps/*.graphql",
        "emitLegacyCommonJSImports": False,
        "generates": {
            "apps/made/": {"preset": "client", "presetConfig": {"fragmentMasking": False}, "config": _CODEGEN}
        },
    }
    (folder / "codegen.json").write_text(json.dumps(codegen))
    (folder / "relay.config.json").write_text(json.dumps(_RELAY))
    (folder / "tsconfig.json").write_text(json.dumps(_TSC))
    run(folder, BIN / "graphql-codegen", "--config", "codegen.json")
    (folder / "apps" / "made" / "relay").mkdir()
    run(folder, "node", HERE / "node_modules" / "relay-compiler" / "cli.js", "relay.config.json")
    _caches(schema, folder / "apps" / "made")
    run(folder, BIN / "tsc", "--project", "tsconfig.json")
    return folder / "run" / "apps" / "main.js"


def _caches(schema: str, made: Path) -> None:
    """The set-up that docs/api.md tells, word by word."""
    block = DOCS.read_text().partition(BEGIN)[2].partition(END)[0]
    apollo, graphcache = (each.strip().removesuffix(";") for each in re.findall(r"```ts\n//.*\n([^`]*)```", block))
    (made / "apollo.ts").write_text(
        'import { InMemoryCache } from "@apollo/client";\n'
        'import { relayStylePagination } from "@apollo/client/utilities";\n\n'
        f"export const cache = {apollo};\n"
    )
    schema_ = json.dumps(introspection_from_schema(build_schema(schema)))
    graphcache = re.sub(r"^// .*\n", "", graphcache)
    (made / "urql.ts").write_text(
        'import { cacheExchange, type CacheExchangeOpts } from "@urql/exchange-graphcache";\n'
        'import { relayPagination } from "@urql/exchange-graphcache/extras";\n\n'
        f'const schema = {schema_} as unknown as CacheExchangeOpts["schema"];\n\n'
        f"export const cache = {graphcache};\n"
    )


def run(folder: Path, *command: str | Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
