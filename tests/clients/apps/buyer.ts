// A buyer: browses, searches, fills the cart, looks at what it will cost, places the order and follows it to the door.
import { command, contact, home, key, requests, say } from "../js/driver.mjs";
import { type App, type Result, anything, once } from "./app.js";

const done = <T extends { readonly problems: readonly { readonly code: string }[] }>(payload: T | null | undefined): T => {
  if (!payload || payload.problems.length) throw new Error(JSON.stringify(payload));
  return payload;
};

/** Says what `act` came to, and how many HTTP requests it took. */
async function step<T>(name: string, act: () => Promise<T>): Promise<T> {
  const before = requests();
  const shown = await act();
  say({ step: name, requests: requests() - before, shown });
  return shown;
}

export async function buyer(app: App): Promise<void> {
  await step("categories and goods near", async () => {
    const shelf = await app.open("Shelf", { near: home, category: "pokok", first: 2 });
    const { productsNear: page } = await shelf.until(anything);
    await shelf.more(page!.pageInfo.endCursor!);
    const { categories, productsNear } = await shelf.until((shown) => shown.productsNear!.edges.length > page!.edges.length);
    shelf.close();
    return { categories: categories!.map(({ code }) => code), goods: productsNear!.edges.map(({ node }) => node.id) };
  });
  const found = await step("search", async () => {
    const { productsNear } = await once(app, "Shelf", { near: home, search: "gula", first: 10 });
    return productsNear!.edges.map(({ node }) => node).find(({ merchant }) => merchant.slug === "kios-bu-wati")!;
  });
  const product = await step("product page", async () => {
    const { productBySlug } = await once(app, "Product", { merchant: found.merchant.slug, slug: found.slug });
    return productBySlug!;
  });

  // The cart stays open in a corner of the screen: whatever changes it shows there, and asks for nothing.
  const corner = await step("cart page", () => app.open("Cart", {}));
  const inCart = async (version: number) => {
    const { me } = await corner.until((shown) => shown.me!.cart.version >= version);
    return me!.cart.lines.map(({ name, quantityText }) => `${quantityText} ${name}`);
  };
  const fill = async () => {
    const { id, unit } = product.variants[0]!;
    const { setCartLines } = await app.send("SetLines", { lines: [{ variantId: id, quantity: 2 * unit.basePerUnit }] });
    return inCart(done(setCartLines).cart!.version);
  };
  await step("into the cart", fill);
  const saved = await step("contact", async () => done((await app.send("SaveContact", { input: contact, key: key() })).saveContact).contact!);

  const place = async () => {
    // A quote holds for some minutes and for this cart: never from the cache.
    const input = await step("checkout", async () => wanted(await once(app, "Checkout", { contact: saved.id }, { anew: true })));
    return step("place", async () => {
      const { order, cart } = done((await app.send("Place", { input, key: key() })).placeOrder);
      return { id: order!.id, total: order!.total, agreed: input.total, version: cart!.version, cart: await inCart(cart!.version) };
    });
  };
  await follow(app, (await place()).id);

  // The next one is refused by its merchant: what was wanted is in the cart again.
  await step("into the cart", fill);
  const second = await place();
  await follow(app, second.id);
  await step("cart again", async () => {
    await corner.again();
    return inCart(second.version + 1);
  });
  corner.close();
}

/** What the buyer has seen, cart and all, is what is placed. */
function wanted({ me }: Result<"Checkout">) {
  const { cart } = me!;
  const { contact: to, deliveryQuotes } = cart.checkout!;
  const [quote] = done(deliveryQuotes).quotes!;
  return {
    cartId: cart.id, cartVersion: cart.version, contactId: to.id, slot: quote!.slot, paymentMethod: "COD" as const,
    quote: quote!.token, total: cart.goodsTotal + quote!.fee,
  };
}

/** The order's page, until the order has ended: the subscription writes into the cache, and the page shows it. */
async function follow(app: App, id: string): Promise<void> {
  const changed = ({ order }: Result<"Order">) => {
    const { status, version, cancellation, delivery } = order!;
    say({ order: id, status, version, reason: cancellation?.reason ?? null, rider: delivery?.rider?.name ?? null });
  };
  const page = await step("order page", () => app.open("Order", { id }, { changed }));
  await new Promise<void>((complete, failed) => app.follow("OrderChanged", { id }, { next: () => say({ following: id }), failed, complete }));
  say({ ended: id });
  await command();
  page.close();
}
