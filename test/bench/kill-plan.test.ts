import { expect, test } from "@jest/globals";
import { COMMANDS, type Kill, numbersFrom, planKills } from "../../bench/kill-plan.ts";

test("a seed always gives the same kills, another seed others", () => {
  expect(planKills(50, 7)).toEqual(planKills(50, 7));
  expect(planKills(50, 7)).not.toEqual(planKills(50, 8));
  expect(planKills(10, 7)).toEqual(planKills(50, 7).slice(0, 10));
});

test("the commands come in turn, and everything else in every form", () => {
  const kills = planKills(300, 1);
  const forms = <Key extends keyof Kill>(key: Key) => new Set(kills.map((kill) => kill[key]));
  for (const command of Object.keys(COMMANDS))
    expect(kills.filter((kill) => kill.command === command)).toHaveLength(50);
  expect(forms("signal")).toEqual(new Set(["SIGKILL", "SIGTERM", "SIGINT"]));
  expect(forms("withDescendants")).toEqual(new Set([true, false]));
  expect(forms("mend")).toEqual(new Set(["up", "down", "gc"]));
  expect(kills.filter(({ signal }) => signal === "SIGKILL").length).toBeGreaterThan(150);
  expect(kills.map(({ number }) => number)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
});

test("the moments cover the whole length of a command", () => {
  const tenths = new Set(planKills(300, 1).map(({ moment }) => Math.floor(moment * 10)));
  expect([...tenths].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("numbers of a seed lie between 0 and 1", () => {
  const next = numbersFrom(4_294_967_295);
  const numbers = Array.from({ length: 1000 }, next);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
});
