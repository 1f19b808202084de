// Apollo Client 4: HTTP link, graphql-ws link, normalised cache.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client/core";
import { SetContextLink } from "@apollo/client/link/context";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { OperationTypeNode } from "graphql";
import { authorization, command, contact, home, key, order, say, sink, socket, url } from "./driver.mjs";
import { documents } from "./documents.mjs";

const ws = socket();
const withToken = new SetContextLink(async () => ({ headers: { authorization: await authorization("http") } }));
const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(ws),
    withToken.concat(new HttpLink({ uri: `${url}/graphql` })),
  ),
  cache: new InMemoryCache({
    possibleTypes: { Node: ["Order", "Product", "Merchant", "Delivery"], Problem: ["Refusal"] },
    typePolicies: { Query: { fields: { productsNear: relayStylePagination(["point"]) } } },
  }),
});

const near = client.watchQuery({ query: documents.Near, variables: { point: home, first: 3 } });
const reading = near.subscribe(() => {});
const first = await near.result?.() ?? (await client.query({ query: documents.Near, variables: { point: home, first: 3 } }));
const { endCursor } = first.data.productsNear.pageInfo;
await near.fetchMore({ variables: { after: endCursor } });
const merged = client.readQuery({ query: documents.Near, variables: { point: home } });
say({ query: merged.productsNear.edges.map(({ node }) => node.id) });
reading.unsubscribe();

const saved = await client.mutate({ mutation: documents.SaveContact, variables: { input: contact, key: key() } });
say({ mutation: saved.data.saveContact.contact.label });

await client.query({ query: documents.OrderPage, variables: { id: order } });
client.subscribe({ query: documents.Follow, variables: { id: order } }).subscribe(sink(({ data, error }) => {
  if (error) return { failed: String(error) };
  return data.orderChanged;
}));

await command();
const cancelled = await client.mutate({ mutation: documents.CancelOrder, variables: { id: order } });
say({ cancelled: cancelled.data.cancelOrder.problems });
await command();
// The page that was read over HTTP shows what came over the socket: one object, one id, one entry.
const page = client.readQuery({ query: documents.OrderPage, variables: { id: order } });
say({ cache: { status: page.order.status, version: page.order.version } });
await ws.dispose();
process.exit(0);
