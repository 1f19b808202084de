// Relay on what its compiler made of operations.ts: fetch for HTTP, graphql-ws for subscriptions, its own store.
import runtime, { type ConcreteRequest, type GraphQLResponse, type MutationParameters, type OperationType } from "relay-runtime";
import { fetching, socket, url } from "../../js/driver.mjs";
import { type App, type How, type Name, type Page, type Plain, type Result, Screen, type Variables } from "../app.js";
import Accept, { type operationsAcceptMutation } from "../made/relay/operationsAcceptMutation.graphql.js";
import Cart, { type operationsCartQuery } from "../made/relay/operationsCartQuery.graphql.js";
import Checkout, { type operationsCheckoutQuery } from "../made/relay/operationsCheckoutQuery.graphql.js";
import Refused, { type operationsRefusedQuery } from "../made/relay/operationsRefusedQuery.graphql.js";
import MerchantOrders, { type operationsMerchantOrdersSubscription } from "../made/relay/operationsMerchantOrdersSubscription.graphql.js";
import Order, { type operationsOrderQuery } from "../made/relay/operationsOrderQuery.graphql.js";
import OrderChanged, { type operationsOrderChangedSubscription } from "../made/relay/operationsOrderChangedSubscription.graphql.js";
import Packed, { type operationsPackedMutation } from "../made/relay/operationsPackedMutation.graphql.js";
import Place, { type operationsPlaceMutation } from "../made/relay/operationsPlaceMutation.graphql.js";
import Product, { type operationsProductQuery } from "../made/relay/operationsProductQuery.graphql.js";
import Reject, { type operationsRejectMutation } from "../made/relay/operationsRejectMutation.graphql.js";
import SaveContact, { type operationsSaveContactMutation } from "../made/relay/operationsSaveContactMutation.graphql.js";
import SetLines, { type operationsSetLinesMutation } from "../made/relay/operationsSetLinesMutation.graphql.js";
import Shelf, { type operationsShelfQuery } from "../made/relay/operationsShelfQuery.graphql.js";
import Shops, { type operationsShopsQuery } from "../made/relay/operationsShopsQuery.graphql.js";
import WhoFetches, { type operationsWhoFetchesQuery } from "../made/relay/operationsWhoFetchesQuery.graphql.js";

const { Environment, Network, Observable, RecordSource, Store } = runtime;
const operations: Record<Name, ConcreteRequest> = {
  Accept, Cart, Checkout, Refused, MerchantOrders, Order, OrderChanged, Packed, Place, Product, Reject, SaveContact, SetLines, Shelf, Shops, WhoFetches,
};

// The journeys are typed by codegen's types: the compiler says so if Relay's own ever differ.
type Own = {
  Accept: operationsAcceptMutation;
  Cart: operationsCartQuery;
  Checkout: operationsCheckoutQuery;
  Refused: operationsRefusedQuery;
  MerchantOrders: operationsMerchantOrdersSubscription;
  Order: operationsOrderQuery;
  OrderChanged: operationsOrderChangedSubscription;
  Packed: operationsPackedMutation;
  Place: operationsPlaceMutation;
  Product: operationsProductQuery;
  Reject: operationsRejectMutation;
  SaveContact: operationsSaveContactMutation;
  SetLines: operationsSetLinesMutation;
  Shelf: operationsShelfQuery;
  Shops: operationsShopsQuery;
  WhoFetches: operationsWhoFetchesQuery;
};
type Unlike = { [N in Name]: Own[N]["response"] extends Result<N> ? never : N }[Name];
const unlike: [Unlike] extends [never] ? true : Unlike = true;

export function relay(): App {
  void unlike;
  const ws = socket();
  const environment = new Environment({
    network: Network.create(
      async ({ text, name }, variables) => {
        const body = JSON.stringify({ query: text, operationName: name, variables });
        const answer = await fetching(`${url}/graphql`, { method: "POST", headers: { "content-type": "application/json" }, body });
        return answer.json();
      },
      ({ text, name }, variables) =>
        Observable.create((sink) =>
          ws.subscribe({ query: text ?? "", operationName: name, variables }, sink as Parameters<typeof ws.subscribe<GraphQLResponse>>[1]),
        ),
    ),
    store: new Store(new RecordSource()),
  });
  return {
    async open<N extends Name>(name: N, variables: Variables<N>, how?: How<N>): Promise<Page<N>> {
      const operation = runtime.createOperationDescriptor(operations[name], variables as Plain);
      const ask = async (more: Plain = {}) =>
        void (await runtime
          .fetchQuery<OperationType>(environment, operations[name], { ...(variables as Plain), ...more }, { networkCacheConfig: { force: true } })
          .toPromise());
      const kept = environment.retain(operation);
      await ask();
      const screen = new Screen<Result<N>>(how?.changed);
      const snapshot = environment.lookup(operation.fragment);
      screen.show(snapshot.data as Result<N>);
      const reading = environment.subscribe(snapshot, ({ data }) => screen.show(data as Result<N>));
      return {
        until: (matches) => screen.until(matches),
        more: (after) => ask({ after }),
        again: () => ask(),
        close: () => {
          reading.dispose();
          kept.dispose();
        },
      };
    },
    send: (name, variables) =>
      new Promise((resolve, reject) =>
        runtime.commitMutation<MutationParameters>(environment, {
          mutation: operations[name],
          variables: variables as Plain,
          onCompleted: (data) => resolve(data as Result<typeof name>),
          onError: reject,
        }),
      ),
    follow: (name, variables, sink) =>
      runtime.requestSubscription<OperationType>(environment, {
        subscription: operations[name],
        variables: variables as Plain,
        onNext: (data) => sink.next(data as Result<typeof name>),
        onError: sink.failed,
        onCompleted: sink.complete,
      }).dispose,
  };
}
