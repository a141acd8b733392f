import { expect, test } from "@jest/globals";
import { type Finding, isFailure, judge } from "../../src/proof/finding.ts";

const FINDING: Finding = { behaviour: "limits", place: "a.services.b", kept: true, seen: "memory" };
const EXCUSE = { path: "a.services.b.limits", targets: ["gitlab services"], always: true };
const LOSS = { path: EXCUSE.path, feature: "service.limits", target: "gitlab services", instead: "none" };

test.each([
  ["as declared", { kept: true }, [], "kept"],
  ["not as declared", { kept: false }, [], "broken"],
  ["not as declared, as the table says", { kept: false, excuse: EXCUSE }, [LOSS], "lost"],
  ["as declared, against the table", { kept: true, excuse: EXCUSE }, [LOSS], "unfounded"],
  ["as declared by chance", { kept: true, excuse: { ...EXCUSE, always: false } }, [LOSS], "kept"],
  [
    "not as declared on another target",
    { kept: false, excuse: EXCUSE },
    [{ ...LOSS, target: "compose" }],
    "broken",
  ],
  [
    "not as declared at another place",
    { kept: false, excuse: { ...EXCUSE, path: "a.services.c.limits" } },
    [LOSS],
    "broken",
  ],
] as const)("what is %s", (_, seen, losses, result) => {
  const verdict = judge({ ...FINDING, ...seen }, losses);
  expect(verdict.result).toBe(result);
  expect(isFailure(verdict)).toBe(result === "broken" || result === "unfounded");
});
