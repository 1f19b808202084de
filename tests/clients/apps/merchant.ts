// A merchant: which shops are mine, what is to be done, and who fetches it.
import { command, say } from "../js/driver.mjs";
import { type App, type Result, once } from "./app.js";

type Message = NonNullable<Result<"MerchantOrders">["merchantOrders"]>;
type Row = Message["orders"][number];

/** The page of a merchant's orders, as docs/api.md says: `reset` begins a present, which replaces what was shown. */
export class Board {
  private shown = new Map<string, Row>();

  heard({ reset, orders }: Message): void {
    const before = new Map(this.shown);
    if (reset) this.shown.clear();
    for (const order of orders) {
      const known = before.get(order.id);
      this.shown.set(order.id, known && known.version > order.version ? known : order);
    }
  }

  get rows(): Row[] {
    return [...this.shown.values()];
  }
}

export async function merchant(app: App): Promise<void> {
  const { myMerchants } = await once(app, "Shops", {});
  say({ shops: myMerchants!.map(({ slug }) => slug) });
  const shop = myMerchants![0]!;

  const board = new Board();
  const stop = app.follow("MerchantOrders", { merchant: shop.id }, {
    next: ({ merchantOrders }) => {
      board.heard(merchantOrders!);
      const { reset, complete } = merchantOrders!;
      say({ board: Object.fromEntries(board.rows.map(({ id, status }) => [id, status])), reset, complete });
    },
    failed: (problem) => say({ error: String(problem) }),
    complete: () => say({ over: true }),
  });

  const acts: Record<string, (id: string) => Promise<unknown>> = {
    accept: async (id) => (await app.send("Accept", { id })).acceptSellerOrder,
    reject: async (id) => (await app.send("Reject", { id, reason: "Habis" })).rejectSellerOrder,
    packed: async (id) => (await app.send("Packed", { id })).markSellerOrderReady,
    fetched: async (id) => (await once(app, "WhoFetches", { id })).node,
    refused: async () => (await once(app, "Refused", { merchant: shop.id, first: 1 })).merchant!.orders!.edges[0]!.node,
  };
  for (;;) {
    const [what, id] = (await command()).split(" ") as [string, string];
    if (what === "end") break;
    say({ did: what, came: await acts[what]!(id) });
  }
  stop();
}
