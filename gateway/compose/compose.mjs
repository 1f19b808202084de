// Composes subgraph SDL into a supergraph. Usage, from the root of the repository:
//   node gateway/compose/compose.mjs                        services/*/schema.graphql -> gateway/supergraph.graphql
//   node gateway/compose/compose.mjs OUT NAME=FILE=URL ...  any other subgraphs
// The header carries the sha256 of each subgraph's SDL, so that drift is found without Node.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

const ports = { catalog: 4001, ordering: 4002, delivery: 4003 };
const ours = Object.entries(ports).map(
  ([name, port]) => `${name}=services/${name}/schema.graphql=http://127.0.0.1:${port}/graphql`,
);
const [out, ...specs] = process.argv.length > 2 ? process.argv.slice(2) : ['gateway/supergraph.graphql', ...ours];
const services = specs.map((spec) => {
  const [name, file, url] = spec.split('=');
  return { name, url, text: readFileSync(file, 'utf8') };
});
const result = composeServices(services.map(({ name, url, text }) => ({ name, url, typeDefs: parse(text) })));
if (!result.supergraphSdl) {
  for (const error of result.errors ?? []) console.error(error.message);
  process.exit(1);
}
const header = services.map(
  ({ name, text }) => `# subgraph ${name} sha256:${createHash('sha256').update(text).digest('hex')}`,
);
writeFileSync(out, `# Composed by "make supergraph"; not edited by hand.\n${header.join('\n')}\n\n${result.supergraphSdl.trim()}\n`);
