// Relay's runtime on what its compiler made of our schema: fetch for HTTP, graphql-ws for subscriptions.
import { createRequire } from "node:module";
import { authorization, command, contact, home, key, order, say, sink, socket, url } from "./driver.mjs";

const require = createRequire(import.meta.url);
const runtime = require("relay-runtime");
const { Environment, Network, Observable, RecordSource, Store } = runtime;
const artifact = (name) => runtime.getRequest(require(`${process.argv[4]}/operations${name}.graphql.js`));

const ws = socket();
const environment = new Environment({
  network: Network.create(
    async ({ text, name }, variables) => {
      const answer = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: await authorization("http") },
        body: JSON.stringify({ query: text, operationName: name, variables }),
      });
      return answer.json();
    },
    ({ text, name }, variables) =>
      Observable.create((observer) => ws.subscribe({ query: text, operationName: name, variables }, observer)),
  ),
  store: new Store(new RecordSource()),
});
const mutate = (mutation, variables) =>
  new Promise((resolve, reject) =>
    runtime.commitMutation(environment, { mutation, variables, onCompleted: resolve, onError: reject }),
  );
const lookup = (query, variables) =>
  environment.lookup(runtime.createOperationDescriptor(query, variables).fragment).data;

const near = artifact("NearQuery");
const page = await runtime.fetchQuery(environment, near, { point: home, first: 3 }).toPromise();
const { endCursor } = page.productsNear.pageInfo;
const retained = environment.retain(runtime.createOperationDescriptor(near, { point: home, first: 3 }));
await runtime.fetchQuery(environment, near, { point: home, first: 3, after: endCursor }).toPromise();
// Relay's own connection has merged both pages under the one key.
say({ query: lookup(near, { point: home, first: 3 }).productsNear.edges.map(({ node }) => node.id) });
retained.dispose();

const saved = await mutate(artifact("SaveContactMutation"), { input: contact, key: key() });
say({ mutation: saved.saveContact.contact.label });

const orderPage = artifact("OrderQuery");
environment.retain(runtime.createOperationDescriptor(orderPage, { id: order }));
await runtime.fetchQuery(environment, orderPage, { id: order }).toPromise();
const shown = sink(({ orderChanged }) => orderChanged);
runtime.requestSubscription(environment, {
  subscription: artifact("FollowSubscription"),
  variables: { id: order },
  onNext: shown.next,
  onError: shown.error,
  onCompleted: shown.complete,
});

await command();
const cancelled = await mutate(artifact("CancelOrderMutation"), { id: order });
say({ cancelled: cancelled.cancelOrder.problems });
await command();
const { node } = lookup(orderPage, { id: order });
say({ cache: { status: node.status, version: node.version } });
await ws.dispose();
process.exit(0);
