// Lines of JSON in, lines of JSON out: what the explorer's modules make of a text. The first line is the schema, by introspection.
import { createInterface } from 'node:readline';

const [folder] = process.argv.slice(2);
const load = (name) => import(`file://${folder}/${name}.js`);
const { completionsAt } = await load('completion');
const { resolved } = await load('formulas');
const { operation, pieces } = await load('lexer');
const { Schema } = await load('schema');

let schema = null;
const ASKED = {
  schema: (told) => void (schema = new Schema(told.__schema)),
  complete: ({ text, offset }) => completionsAt(text, offset, schema),
  pieces: ({ text }) => pieces(text).map((piece) => piece.text).join(''),
  operation: ({ text }) => operation(text),
  resolve: ({ variables, answers }) => resolved(variables, answers),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { ask, ...given } = JSON.parse(line);
  let said;
  try {
    said = { value: ASKED[ask](given) ?? null };
  } catch (error) {
    said = { error: error.message, kind: error.constructor.name };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
