import { expect, test } from "@jest/globals";
import { isRecentEnough } from "../../src/setup/pulumi-cli.ts";

test("a CLI from 3.200 on is accepted", () => {
  expect(["v3.200.0", "3.259.0", "4.0.0"].map(isRecentEnough)).toEqual([true, true, true]);
  expect(["v3.199.9", "2.300.0", "", "dev"].map(isRecentEnough)).toEqual([false, false, false, false]);
});
