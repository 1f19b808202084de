// An app that was built with the schema in argv[3], against a server that has grown since: a code, a unit, a fact, a status, an entity that
// the app's cache has never heard of. argv[2] names the client, argv[4] the type of the problem that is answered. Says what the app's code
// sees, of one document: argv[5].
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { buildSchema, execute, extendSchema, introspectionFromSchema, isObjectType, parse, print } from "graphql";

const built = buildSchema(readFileSync(process.argv[3], "utf8"));
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const facts = built.getType("Problem").toConfig().fields;
const fields = Object.entries(facts).map(([name, { type }]) => `${name}: ${type}`).join(" ");
const grown = extendSchema(
  built,
  parse(`
    extend enum ProblemCode { SOLD_OUT }
    extend enum LimitUnit { DOZEN }
    extend enum OrderStatus { ON_A_BOAT }
    extend interface Problem { hint: String }
    extend type Refusal { hint: String }
    type SoldOut implements Problem { ${fields} hint: String instead: [Substitute!]! }
    type Substitute { variantId: ID! }
    type Voucher implements Node { id: ID! }
  `),
);
const problem = {
  __typename: process.argv[4], code: "SOLD_OUT", message: "sold out", retryable: false, lineId: "cln_1", limit: 3, unit: "DOZEN", instead: [],
};
const answers = {
  setCartLine: () => ({ cart: null, problems: [problem] }),
  node: () => ({ __typename: "Voucher", id: "vch_1" }),
  order: () => ({ id: "ord_1", status: "ON_A_BOAT" }),
};
const serve = (document, variables) =>
  execute({ schema: grown, document, variableValues: variables, rootValue: answers, typeResolver: ({ __typename }) => __typename });
const answering = async (_, { body }) => {
  const { query, variables } = JSON.parse(body);
  return new Response(JSON.stringify(await serve(parse(query), variables)), { headers: { "content-type": "application/json" } });
};

const documents = {
  direct: parse(`mutation Direct { setCartLine(variantId: "var_1", quantity: 1) {
    cart { id version } problems { code message retryable lineId limit unit } } }`),
  fragment: parse(`mutation Fragment { setCartLine(variantId: "var_1", quantity: 1) {
    cart { id version } problems { ...Facts } } }
    fragment Facts on Problem { code message retryable lineId limit unit }`),
  node: parse(`query Node { node(id: "vch_1") { id ... on Order { orderCode } } }`),
  order: parse(`query Order { order(id: "ord_1") { id status } }`),
};

async function apollo() {
  const { ApolloClient, HttpLink, InMemoryCache } = await import("@apollo/client/core");
  const possibleTypes = Object.fromEntries(
    ["Node", "Problem"].map((name) => [name, built.getPossibleTypes(built.getType(name)).map((type) => type.name)]),
  );
  const client = new ApolloClient({
    cache: new InMemoryCache({ possibleTypes }),
    link: new HttpLink({ uri: "http://gateway/graphql", fetch: answering }),
  });
  return async (document) =>
    (document.definitions[0].operation === "mutation" ? client.mutate({ mutation: document }) : client.query({ query: document }));
}

async function urql() {
  const { Client, fetchExchange } = await import("@urql/core");
  const { cacheExchange } = await import("@urql/exchange-graphcache");
  const keyless = Object.values(built.getTypeMap()).filter((type) => isObjectType(type) && !type.getFields().id);
  const client = new Client({
    url: "http://gateway/graphql",
    preferGetMethod: false,
    fetch: answering,
    exchanges: [
      cacheExchange({
        schema: introspectionFromSchema(built),
        keys: Object.fromEntries(keyless.map((type) => [type.name, () => null])),
      }),
      fetchExchange,
    ],
  });
  return async (document) => {
    const text = print(document);
    const mutation = document.definitions[0].operation === "mutation";
    const { data, error } = await (mutation ? client.mutation(text, {}) : client.query(text, {})).toPromise();
    if (error) throw error;
    return { data };
  };
}

// Relay's store is filled by what its compiler made of the old schema: argv[6].
async function relay() {
  const require = createRequire(import.meta.url);
  const runtime = require("relay-runtime");
  const environment = new runtime.Environment({
    network: runtime.Network.create(({ text }, variables) => serve(parse(text), variables)),
    store: new runtime.Store(new runtime.RecordSource()),
  });
  return async (document) => {
    const { operation, name } = document.definitions[0];
    const kind = operation[0].toUpperCase() + operation.slice(1);
    const request = runtime.getRequest(require(`${process.argv[6]}/old${name.value}${kind}.graphql.js`));
    const data =
      operation === "query"
        ? await runtime.fetchQuery(environment, request, {}).toPromise()
        : await new Promise((onCompleted, onError) =>
            runtime.commitMutation(environment, { mutation: request, variables: {}, onCompleted, onError }),
          );
    return { data };
  };
}

const seen = await ({ apollo, urql, relay })[process.argv[2]]();
say((await seen(documents[process.argv[5]])).data);
process.exit(0);
