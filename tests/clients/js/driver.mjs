// One line of JSON each way: what a client saw goes to the test, tokens and commands come from it.
import readline from "node:readline";
import WebSocket from "ws";
import { createClient } from "graphql-ws";

const queues = { token: [], do: [] };
const waiting = { token: [], do: [] };
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  const kind = "token" in message ? "token" : "do";
  const next = waiting[kind].shift();
  if (next) next(message[kind]);
  else queues[kind].push(message[kind]);
});

const hear = (kind) =>
  queues[kind].length ? Promise.resolve(queues[kind].shift()) : new Promise((resolve) => waiting[kind].push(resolve));

export const url = process.argv[2];
export const order = process.argv[3];
export const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
export const command = () => hear("do");

// As an app does it: whoever connects asks for a token that is good now.
export async function authorization(connection) {
  say({ ask: connection });
  return `Bearer ${await hear("token")}`;
}

// How many HTTP requests were made.
let made = 0;
export const requests = () => made;
export const fetching = async (address, options) => {
  made += 1;
  return fetch(address, { ...options, headers: { ...options.headers, authorization: await authorization("http") } });
};

// What a client complains of on the console is said too.
export const complaints = () => {
  for (const level of ["warn", "error"]) console[level] = (...said) => say({ complaint: said.map(String).join(" ") });
};

export const socket = () =>
  createClient({
    url: url.replace("http", "ws") + "/graphql",
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: await authorization("socket") }),
    retryAttempts: Infinity,
    // While the gateway restarts, a try meets a closed port: an error event, which graphql-ws does not repeat unless told.
    shouldRetry: () => true,
    on: { closed: ({ code, reason }) => say({ closed: code, reason }) },
  });

// What every client shows of a subscription.
export const sink = (read) => ({
  next: (value) => say({ next: read(value) }),
  error: (error) => say({ error: String(error?.message ?? JSON.stringify(error)) }),
  complete: () => say({ complete: true }),
});

export const home = { lat: -8.1321, lng: 113.2193 };
export const contact = {
  label: "Rumah",
  recipient: "Pembeli Uji",
  phone: "081234567890",
  line: "Jalan Uji 1",
  kecamatanCode: "35.08.10",
  point: home,
  note: "",
};
export const key = () => crypto.randomUUID().replaceAll("-", "");
