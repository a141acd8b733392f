import { milliseconds, parseDuration } from "../model/duration.ts";
import { base36Digest } from "../model/names.ts";
import { ConfigurationError } from "../model/problem.ts";
import { CannotFork } from "./cannot-fork.ts";
import { FORK_NAME, type Fork, type ForkOptions, type ForkSource, type Seeded } from "./fork.ts";
import type { ForkConnection, ForkRule, TemplateSeed } from "./rule.ts";
import { FORK_RULES } from "./rules.ts";
import { workQueue } from "./work-queue.ts";

/** A server, as this process forks it. */
export interface ForkServer {
  fork(options?: ForkOptions): Promise<Fork>;
  /** Provides the template of a seed. @returns its name */
  template(seed: TemplateSeed, fill: (empty: Seeded) => unknown): Promise<string>;
  /** Ends the connection once everything is done that waits behind. */
  end(): Promise<void>;
}

const servers = new Map<string, ForkServer>();

/** The server of a source. A process has one for all of its sources with the same address and template. */
export function forkServer(source: ForkSource): ForkServer {
  const key = JSON.stringify(source);
  const known = servers.get(key);
  if (known !== undefined) return known;
  const server = newServer(source, () => servers.delete(key));
  servers.set(key, server);
  return server;
}

/** The rule of a kind of server. @throws CannotFork for a kind without one */
export async function forkRule({ service, kind }: Pick<ForkSource, "service" | "kind">): Promise<ForkRule> {
  const load = Object.hasOwn(FORK_RULES, kind) ? FORK_RULES[kind] : undefined;
  if (load !== undefined) return load();
  throw new CannotFork(
    `${service}: cannot be forked; start a sandbox for each test, or clear its data before`,
  );
}

/** How many forks are made ahead. */
const AHEAD = 2;

function newServer(source: ForkSource, forget: () => void): ForkServer {
  const queue = workQueue();
  /** Forks made ahead, and those that are being made, by template. */
  const stocks = new Map<string, Promise<string>[]>();
  const given = new Map<string, Promise<string>>();
  let opening: Promise<ForkConnection> | undefined;
  let current: ForkConnection | undefined;
  const connection = async (): Promise<ForkConnection> => {
    if (current?.closed()) {
      // What it has made ahead may be gone.
      stocks.clear();
      given.clear();
      opening = undefined;
    }
    opening ??= connect().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    current = await opening;
    return current;
  };
  const connect = async () => {
    const opened = await (await forkRule(source)).connect(source);
    unattended(queue.behind(() => opened.removeAbandoned()));
    return opened;
  };
  const provide = async (seed: TemplateSeed, fill: (empty: Seeded) => unknown) =>
    (await connection()).template(seed, async (name) => {
      await fill({ name, ...named(source, name) });
    });
  const templateOf = async ({ seed, seedKey }: ForkOptions): Promise<string | undefined> => {
    if (seed === undefined) return source.template;
    const hash = base36Digest(seedKey ?? seed.toString(), 12);
    await connection();
    const known = given.get(hash) ?? provide({ kind: "given", hash }, seed);
    given.set(hash, known);
    return known.catch((error: unknown) => {
      given.delete(hash);
      throw error;
    });
  };
  const create = async (template: string | undefined, until: number | undefined) =>
    (await connection()).create(template, until);
  const refill = (template: string, stock: Promise<string>[], ahead: number): void => {
    const makeOne = async () => {
      if (stock.length >= ahead) return;
      const made = create(template, undefined);
      stock.push(made);
      await made.catch(() => {
        const index = stock.indexOf(made);
        if (index >= 0) stock.splice(index, 1);
      });
    };
    for (let count = stock.length; count < ahead; count += 1) unattended(queue.behind(makeOne));
  };
  return {
    async fork(options = {}) {
      const until = untilOf(options);
      const template = await templateOf(options);
      const { ahead = AHEAD } = options;
      await connection();
      // The state of the service itself may have changed by the next fork.
      const stock = template === undefined || until !== undefined ? undefined : stockOf(stocks, template);
      const name = await (stock?.shift() ?? queue.first(() => create(template, until)));
      if (template !== undefined && stock !== undefined) refill(template, stock, ahead);
      let isDropped = false;
      const drop = async () => {
        if (isDropped) return;
        isDropped = true;
        unattended(queue.behind(async () => (await connection()).drop(name)));
      };
      return { name, ...named(source, name), drop, [Symbol.asyncDispose]: drop };
    },
    template: provide,
    async end() {
      await queue.idle();
      forget();
      current?.close();
    },
  };
}

function stockOf(stocks: Map<string, Promise<string>[]>, template: string): Promise<string>[] {
  const known = stocks.get(template) ?? [];
  stocks.set(template, known);
  return known;
}

/** Nobody waits for it, and what it leaves is removed by the next process that forks, or with the sandbox. */
function unattended(work: Promise<unknown>): void {
  work.catch(() => {});
}

function untilOf({ keepFor }: ForkOptions): number | undefined {
  if (keepFor === undefined) return undefined;
  if (parseDuration(keepFor) !== undefined) return milliseconds(keepFor);
  throw new ConfigurationError(`keepFor: "${keepFor}" is no duration; use one such as "10m"`);
}

/** The values and variables of a fork with this name. */
function named({ ofFork }: ForkSource, name: string): ForkSource["ofFork"] {
  return withName(ofFork, name) as ForkSource["ofFork"];
}

function withName(value: unknown, name: string): unknown {
  if (typeof value === "string") return value.replaceAll(FORK_NAME, name);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one: unknown) => withName(one, name));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withName(one, name)]));
}
