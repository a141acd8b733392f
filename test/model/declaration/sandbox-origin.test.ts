import { expect, test } from "@jest/globals";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { requireSandbox } from "../../../src/model/declaration/sandbox-origin.ts";

const shop = sandbox("shop", { services: {} });

test("a sandbox of this copy of the package is accepted, and a copy of it", () => {
  requireSandbox(shop, "it");
  requireSandbox({ ...shop, name: "other" }, "it");
});

test.each([undefined, null, "shop", [], {}, { name: "shop" }])("%j is not a sandbox", (value) => {
  expect(() => requireSandbox(value, "number 1")).toThrow(
    'number 1 is not a sandbox; create it with sandbox("name", { … })',
  );
});

test("a sandbox of another copy of the package is refused, with the folders of both", () => {
  const other = Object.defineProperty({ ...shop }, Symbol.for("nestbox.origin"), {
    value: "/other/nestbox/",
  });
  expect(() => requireSandbox(other, "number 1")).toThrow(
    'number 1 is the sandbox "shop" of another copy of nestbox, /other/nestbox/, and this one is ',
  );
});
