// Whether a webhook is Wlijo's: its signature, after Standard Webhooks. Node.js 20 or later, nothing to install.
//
//   WLIJO_WEBHOOK_SECRET=whsec_… node webhook.mjs 8080
//
// Answers at once, and does the work afterwards: here it prints the event's type. Put it behind your own https.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const secret = process.env.WLIJO_WEBHOOK_SECRET ?? "";
const known = new Set(); // keep it for 7 days where your jobs are kept

/** Over the very bytes that came. Of several signatures one has to fit: for a day after a change of the secret there are two. */
export function isWlijos(secret, headers, body) {
  const name = headers["webhook-id"] ?? "";
  const at = headers["webhook-timestamp"] ?? "";
  if (!/^\d+$/.test(at) || Math.abs(Date.now() / 1000 - Number(at)) > 300) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const wanted = Buffer.from("v1," + createHmac("sha256", key).update(`${name}.${at}.`).update(body).digest("base64"));
  return (headers["webhook-signature"] ?? "").split(" ").some((each) => {
    const given = Buffer.from(each);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

createServer(async (request, answer) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  if (!isWlijos(secret, request.headers, body)) {
    answer.writeHead(401).end();
    return;
  }
  const event = JSON.parse(body);
  if (!known.has(event.id)) {
    known.add(event.id); // into a table or queue, before the answer
    console.log(event.type, event.subject);
  }
  answer.writeHead(204).end();
}).listen(Number(process.argv[2]));
