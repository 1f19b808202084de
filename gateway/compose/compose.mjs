// Composes subgraph SDL into a supergraph. Usage, from the root of the repository:
//   node gateway/compose/compose.mjs OUT NAME=FILE=URL ...
// The header carries the sha256 of each subgraph's SDL, so that drift is found without Node.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { composeServices } from '@theguild/federation-composition';
import { parse } from 'graphql';

const [out, ...specs] = process.argv.slice(2);
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
