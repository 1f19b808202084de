// How an app uses what codegen made, under tsc --strict: scalars are what docs/api.md says.
import { FollowDocument, NearDocument, type CancelOrderMutation, type NearQuery } from "./made/graphql.js";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";

declare function ask<R, V>(document: TypedDocumentNode<R, V>, variables: V): R;

const near: NearQuery = ask(NearDocument, { point: { lat: -8.1, lng: 113.2 }, first: 3 });
export const prices: number[] = near.productsNear?.edges.flatMap(({ node }) => node.variants.map(({ price }) => price)) ?? [];
export const version: number = ask(FollowDocument, { id: "ord_1" }).orderChanged?.version ?? 0;

export function outcome({ cancelOrder }: CancelOrderMutation): string {
  return cancelOrder?.order?.orderCode ?? cancelOrder?.problems.map(({ code, status }) => `${code} ${status}`).join() ?? "unknown";
}
