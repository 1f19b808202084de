// urql with its subscription exchange over graphql-ws.
import { Client, cacheExchange, fetchExchange, subscriptionExchange } from "@urql/core";
import { pipe, subscribe } from "wonka";
import { authorization, command, contact, home, key, order, say, sink, socket, url } from "./driver.mjs";
import { text } from "./documents.mjs";

const ws = socket();
const client = new Client({
  url: `${url}/graphql`,
  preferGetMethod: false,
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (observer) => ({ unsubscribe: ws.subscribe({ ...request, query: request.query ?? "" }, observer) }),
      }),
    }),
  ],
  fetch: async (address, options) =>
    fetch(address, { ...options, headers: { ...options.headers, authorization: await authorization("http") } }),
});

const ask = async (query, variables) => {
  const { data, error } = await client.query(query, variables).toPromise();
  if (error) throw error;
  return data;
};
const page = await ask(text.Near, { point: home, first: 3 });
const { endCursor } = page.productsNear.pageInfo;
const more = await ask(text.Near, { point: home, first: 3, after: endCursor });
say({ query: [...page.productsNear.edges, ...more.productsNear.edges].map(({ node }) => node.id) });

const saved = await client.mutation(text.SaveContact, { input: contact, key: key() }).toPromise();
say({ mutation: saved.data.saveContact.contact.label });

await ask(text.OrderPage, { id: order });
const shown = sink(({ data, error }) => (error ? { failed: String(error) } : data.orderChanged));
pipe(client.subscription(text.Follow, { id: order }), subscribe(shown.next));

await command();
const cancelled = await client.mutation(text.CancelOrder, { id: order }).toPromise();
say({ cancelled: cancelled.data.cancelOrder.problems });
await command();
// The document cache forgets every query that has a type of the mutation's answer: the page is asked anew.
const again = await ask(text.OrderPage, { id: order });
say({ cache: { status: again.order.status, version: again.order.version } });
await ws.dispose();
process.exit(0);
