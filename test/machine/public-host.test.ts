import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { isReachable } from "../../src/machine/public-host.ts";

/** A port without a listener. */
const NOWHERE = { name: "nowhere", url: "https://127.0.0.1:1/", isGenuine: () => true };
const MINUTE = 60_000;

let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "nestbox-public-host-"));
  mkdirSync(join(cache, "reachable"));
});

afterEach(() => rmSync(cache, { recursive: true }));

const place = () => ({ cache, environment: {} });

const verdict = () => join(cache, "reachable", NOWHERE.name);

const knownSince = (answers: boolean, age: number) =>
  writeFileSync(verdict(), JSON.stringify({ answers, at: Date.now() - age }));

test("a reachable host is cached for a day", async () => {
  knownSince(true, 23 * 60 * MINUTE);
  expect(await isReachable(NOWHERE, place())).toBe(true);
  knownSince(true, 25 * 60 * MINUTE);
  expect(await isReachable(NOWHERE, place())).toBe(false);
});

test("an unreachable host is checked again after minutes", async () => {
  knownSince(false, MINUTE);
  const before = readFileSync(verdict(), "utf8");
  expect(await isReachable(NOWHERE, place())).toBe(false);
  expect(readFileSync(verdict(), "utf8")).toBe(before);
  knownSince(false, 10 * MINUTE);
  const started = Date.now();
  expect(await isReachable(NOWHERE, place())).toBe(false);
  expect(JSON.parse(readFileSync(verdict(), "utf8")).at).toBeGreaterThanOrEqual(started);
});

test("an unreadable result is ignored", async () => {
  writeFileSync(verdict(), "{");
  expect(await isReachable(NOWHERE, place())).toBe(false);
});
