import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { rotationNote, tokenTerm, tokenWarning } from "../../../src/gitlab/runner/token-rotation.ts";

const DAY = 24 * 60 * 60 * 1000;

test("any token is replaced before it expires, given an up in each term", () => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date("2026-01-01"), max: new Date("2046-01-01"), noInvalidDate: true }),
      fc.integer({ min: 1, max: 400 }),
      (created, days) => {
        const term = tokenTerm(`${days}d`, created);
        const nextTerm = tokenTerm(`${days}d`, new Date(Date.parse(term.until)));
        expect(Date.parse(term.from)).toBeLessThanOrEqual(created.getTime());
        expect(Date.parse(term.until)).toBeGreaterThan(created.getTime() - 1000);
        expect(nextTerm.from).toBe(term.until);
        expect(Date.parse(nextTerm.until)).toBeLessThanOrEqual(created.getTime() + days * DAY);
      },
    ),
  );
});

test("a term does not change within its period", () => {
  const at = (time: string) => tokenTerm("30d", new Date(time));
  const { from, until } = at("2026-11-24T12:00:00Z");
  expect(Date.parse(until) - Date.parse(from)).toBe(15 * DAY);
  expect(at(from)).toEqual({ from, until });
  expect(at(until)).not.toEqual({ from, until });
  expect(rotationNote(at(from))).toBe(rotationNote({ from, until }));
  expect(rotationNote(at(until))).not.toBe(rotationNote({ from, until }));
});

test("an expiry before the replacement is a warning", () => {
  const term = { from: "2026-11-15T00:00:00Z", until: "2026-11-30T00:00:00Z" };
  expect(tokenWarning("dind", undefined, term)).toBeUndefined();
  expect(tokenWarning("dind", undefined, undefined)).toBeUndefined();
  expect(tokenWarning("dind", "2026-12-24T00:00:00.000Z", term)).toBeUndefined();
  expect(tokenWarning("dind", "2026-12-24T00:00:00.000Z", undefined)).toBe(
    "runner dind: the token expires at 2026-12-24T00:00:00Z; set tokenLifetime to the lifetime of tokens " +
      "in GitLab, and up replaces it in time",
  );
  expect(tokenWarning("dind", "2026-11-29T00:00:00.000Z", term)).toContain(
    "before its replacement after 2026-11-30T00:00:00Z",
  );
});
