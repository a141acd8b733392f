import { expect, test } from "@jest/globals";
import type { Loss } from "../../src/losses/losses.ts";
import { type Finding, isFailure, judge } from "../../src/proof/finding.ts";

const FINDING: Finding = { behaviour: "limits", place: "a.services.b", kept: true, seen: "memory" };
const EXCUSE = "a.services.b.limits";
const LOSS: Loss = {
  ...{ path: EXCUSE, feature: "service.limits", target: "gitlab services", instead: "none" },
  differs: "always",
};
const SOMETIMES: Loss = { ...LOSS, differs: "sometimes" };
const { differs: _, ...AS_DECLARED } = LOSS;

test.each([
  ["as declared", { kept: true }, [], "kept"],
  ["not as declared", { kept: false }, [], "broken"],
  ["not as declared, as the table says", { kept: false, excuse: EXCUSE }, [LOSS], "lost"],
  ["as declared, against the table", { kept: true, excuse: EXCUSE }, [LOSS], "unfounded"],
  ["as declared by chance", { kept: true, excuse: EXCUSE }, [SOMETIMES], "kept"],
  ["not as declared, as the table says of some runs", { kept: false, excuse: EXCUSE }, [SOMETIMES], "lost"],
  [
    "not as declared, although the substitute looks alike",
    { kept: false, excuse: EXCUSE },
    [AS_DECLARED],
    "broken",
  ],
  ["not as declared at another place", { kept: false, excuse: "a.services.c.limits" }, [LOSS], "broken"],
] as const)("what is %s", (_, seen, losses, result) => {
  const verdict = judge({ ...FINDING, ...seen }, losses);
  expect(verdict.result).toBe(result);
  expect(isFailure(verdict)).toBe(result === "broken" || result === "unfounded");
});
