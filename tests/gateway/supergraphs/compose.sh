#!/bin/sh
# Composes every supergraph of this folder again, after a change of its subgraphs. Needs Node and gateway/compose/node_modules.
set -e
cd "$(dirname "$0")"
for folder in */ ../guarded/; do
  set --
  for file in "$folder"*.graphql; do
    name=$(basename "$file" .graphql)
    [ "$name" = supergraph ] || set -- "$@" "$name=$file=http://$name.test/graphql"
  done
  node ../../../gateway/compose/compose.mjs "${folder}supergraph.graphql" "$@"
done
