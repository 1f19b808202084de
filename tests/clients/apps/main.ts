// node main.js URL apollo|urql|relay buyer|merchant
import { complaints } from "../js/driver.mjs";
import { apollo } from "./apollo.js";
import { buyer } from "./buyer.js";
import { merchant } from "./merchant.js";
import { relay } from "./relay/relay.js";
import { urql } from "./urql.js";

const [, , , client, who] = process.argv;
complaints();
const app = { apollo, urql, relay }[client as "apollo" | "urql" | "relay"]();
await { buyer, merchant }[who as "buyer" | "merchant"](app);
process.exit(0);
