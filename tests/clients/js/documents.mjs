// The operations that all clients send, by name.
import { readFileSync } from "node:fs";
import { parse, print } from "graphql";

const document = parse(readFileSync(new URL("documents/operations.graphql", import.meta.url), "utf8"));

export const text = Object.fromEntries(document.definitions.map((node) => [node.name.value, print(node)]));
export const documents = Object.fromEntries(
  document.definitions.map((node) => [node.name.value, { kind: "Document", definitions: [node] }]),
);
