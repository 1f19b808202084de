// urql with Graphcache, set up as docs/api.md says, and its subscription exchange over graphql-ws.
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { pipe, onEnd, subscribe } from "wonka";
import { fetching, socket, url } from "../js/driver.mjs";
import { type App, type How, type Name, type Page, type Plain, type Result, Screen, type Variables, anything, document } from "./app.js";
import { cache } from "./made/urql.js";

export function urql(): App {
  const ws = socket();
  const client = new Client({
    url: `${url}/graphql`,
    preferGetMethod: false,
    fetch: fetching,
    exchanges: [
      cache,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (observer) => ({
            unsubscribe: ws.subscribe({ query: query ?? "", variables: variables as Record<string, unknown> }, observer as never),
          }),
        }),
      }),
    ],
  });
  return {
    async open<N extends Name>(name: N, variables: Variables<N>, how?: How<N>): Promise<Page<N>> {
      const screen = new Screen<Result<N>>(how?.changed);
      const watch = (wanted: Plain) =>
        pipe(
          client.query(document(name), wanted, { requestPolicy: how?.anew ? "network-only" : "cache-first" }),
          subscribe(({ data, error, stale }) => {
            if (error) screen.fail(error);
            else if (data && !stale) screen.show(data as Result<N>);
          }),
        ).unsubscribe;
      let close = watch(variables as Plain);
      await screen.until(anything);
      return {
        until: (matches) => screen.until(matches),
        // A page of Graphcache that asks for the rest shows all of it.
        async more(after) {
          close();
          close = watch({ ...(variables as Plain), after });
        },
        async again() {
          const { error } = await client.query(document(name), variables as Plain, { requestPolicy: "network-only" });
          if (error) throw error;
        },
        close: () => close(),
      };
    },
    async send(name, variables) {
      const { data, error } = await client.mutation(document(name), variables as Plain);
      if (error) throw error;
      return data as Result<typeof name>;
    },
    follow(name, variables, sink) {
      const heard = client.subscription(document(name), variables as Plain);
      let left = false; // wonka calls what was left an end too
      const { unsubscribe } = pipe(
        heard,
        onEnd(() => left || sink.complete()),
        subscribe(({ data, error }) => (error ? sink.failed(error) : sink.next(data as Result<typeof name>))),
      );
      return () => {
        left = true;
        unsubscribe();
      };
    },
  };
}
