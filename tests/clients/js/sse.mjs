// graphql-sse in its distinct connections mode.
import { createClient } from "graphql-sse";
import { authorization, command, contact, home, key, order, say, sink, url } from "./driver.mjs";
import { text } from "./documents.mjs";

const client = createClient({
  url: `${url}/graphql`,
  headers: async () => ({ authorization: await authorization("socket") }),
  retryAttempts: Infinity,
});
const ask = (query, variables) =>
  new Promise((resolve, reject) => {
    let last;
    client.subscribe({ query, variables }, { next: (value) => (last = value), error: reject, complete: () => resolve(last.data) });
  });

const page = await ask(text.Near, { point: home, first: 3 });
const { endCursor } = page.productsNear.pageInfo;
const more = await ask(text.Near, { point: home, first: 3, after: endCursor });
say({ query: [...page.productsNear.edges, ...more.productsNear.edges].map(({ node }) => node.id) });
const saved = await ask(text.SaveContact, { input: contact, key: key() });
say({ mutation: saved.saveContact.contact.label });

const shown = sink(({ data, errors }) => (errors ? { failed: errors[0].extensions.code } : data.orderChanged));
client.subscribe({ query: text.Follow, variables: { id: order } }, shown);

await command();
const cancelled = await ask(text.CancelOrder, { id: order });
say({ cancelled: cancelled.cancelOrder.problems });
await command();
const again = await ask(text.OrderPage, { id: order });
say({ cache: { status: again.order.status, version: again.order.version } });
client.dispose();
process.exit(0);
