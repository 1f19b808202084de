// Apollo Client 4: a link for HTTP, one for subscriptions, and the cache as docs/api.md sets it up.
import { ApolloClient, ApolloLink, HttpLink } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { OperationTypeNode } from "graphql";
import { fetching, socket, url } from "../js/driver.mjs";
import { type App, type How, type Name, type Page, type Plain, type Result, Screen, type Variables, anything, document } from "./app.js";
import { cache } from "./made/apollo.js";

export function apollo(): App {
  const client = new ApolloClient({
    cache,
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket()),
      new HttpLink({ uri: `${url}/graphql`, fetch: fetching }),
    ),
  });
  return {
    async open<N extends Name>(name: N, variables: Variables<N>, how?: How<N>): Promise<Page<N>> {
      const screen = new Screen<Result<N>>(how?.changed);
      const watched = client.watchQuery({
        query: document(name),
        variables: variables as Plain,
        fetchPolicy: how?.anew ? "network-only" : "cache-first",
      });
      const reading = watched.subscribe(({ data, dataState, error }) => {
        if (error) screen.fail(error);
        else if (dataState === "complete") screen.show(data as Result<N>);
      });
      await screen.until(anything);
      return {
        until: (matches) => screen.until(matches),
        more: async (after) => void (await watched.fetchMore({ variables: { after } })),
        again: async () => void (await watched.refetch()),
        close: () => reading.unsubscribe(),
      };
    },
    async send(name, variables) {
      const { data } = await client.mutate({ mutation: document(name), variables: variables as Plain });
      return data as Result<typeof name>;
    },
    follow(name, variables, sink) {
      const heard = client.subscribe({ query: document(name), variables: variables as Plain });
      const hearing = heard.subscribe({
        next: ({ data, error }) => (error ? sink.failed(error) : sink.next(data as Result<typeof name>)),
        error: sink.failed,
        complete: sink.complete,
      });
      return () => hearing.unsubscribe();
    },
  };
}
