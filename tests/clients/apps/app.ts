// What an app needs of its client. The journeys in buyer.ts and merchant.ts are written with it, each client's file brings it.
import type { ResultOf, TypedDocumentNode, VariablesOf } from "@graphql-typed-document-node/core";
import * as made from "./made/graphql.js";

type Made = typeof made;
export type Name = { [K in keyof Made]: K extends `${infer N}Document` ? N : never }[keyof Made];
export type Result<N extends Name> = ResultOf<Made[`${N}Document`]>;
export type Variables<N extends Name> = VariablesOf<Made[`${N}Document`]>;

/** Variables as the clients take them: whoever calls an `App` has typed them already. */
export type Plain = Record<string, unknown>;

export const document = <N extends Name>(name: N) =>
  made[`${name}Document`] as unknown as TypedDocumentNode<Result<N>, Plain>;

/** A query on the screen: it shows what the cache has of it at each moment, whoever wrote it there. */
export interface Page<N extends Name> {
  /** What is shown once it is so. */
  until(matches: (shown: Result<N>) => boolean): Promise<Result<N>>;
  /** The list goes on after this cursor; all of it is shown then. */
  more(after: string): Promise<void>;
  again(): Promise<void>;
  close(): void;
}

export const anything = () => true;

export interface How<N extends Name> {
  anew?: boolean;
  /** Hears of everything that the page shows, the first too. */
  changed?(shown: Result<N>): void;
}

export interface Sink<T> {
  next(value: T): void;
  failed(problem: unknown): void;
  complete(): void;
}

export interface App {
  /** With something on the screen: from the cache if it is there, unless it is to be asked for anew. */
  open<N extends Name>(name: N, variables: Variables<N>, how?: How<N>): Promise<Page<N>>;
  send<N extends Name>(name: N, variables: Variables<N>): Promise<Result<N>>;
  follow<N extends Name>(name: N, variables: Variables<N>, sink: Sink<Result<N>>): () => void;
}

/** A page that is looked at and left. */
export async function once<N extends Name>(app: App, name: N, variables: Variables<N>, how?: How<N>): Promise<Result<N>> {
  const page = await app.open(name, variables, how);
  page.close();
  return page.until(anything);
}

/** The screen's side of a page: clients tell it what there is, and whoever waits for something to be shown hears of it. */
export class Screen<T> {
  private current?: T;
  private waiting: { matches(value: T): boolean; resolve(value: T): void; reject(problem: unknown): void }[] = [];

  constructor(private readonly changed?: (value: T) => void) {}

  show(value: T): void {
    this.current = value;
    this.changed?.(value);
    const waiting = this.waiting;
    this.waiting = waiting.filter(({ matches }) => !matches(value));
    for (const { matches, resolve } of waiting) if (matches(value)) resolve(value);
  }

  fail(problem: unknown): void {
    for (const { reject } of this.waiting.splice(0)) reject(problem);
  }

  /** At once if it is shown already. */
  until(matches: (value: T) => boolean): Promise<T> {
    const { current } = this;
    if (current !== undefined && matches(current)) return Promise.resolve(current);
    return new Promise((resolve, reject) => this.waiting.push({ matches, resolve, reject }));
  }
}
