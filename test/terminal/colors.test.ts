import { afterEach, expect, test } from "@jest/globals";
import { colors, setColours } from "../../src/terminal/colors.ts";

const TERMINAL = { isTTY: true };

afterEach(() => setColours([{}], {}));

test("texts have no colours until the caller decides about them", () => {
  expect(colors.green("ready")).toBe("ready");
  setColours([TERMINAL, TERMINAL], {});
  expect(colors.green("ready")).toBe("\u001b[32mready\u001b[39m");
  setColours([TERMINAL, TERMINAL], { NO_COLOR: "1" });
  expect(colors.green("ready")).toBe("ready");
});

test("a text that may go to a file or another program has no colours", () => {
  setColours([TERMINAL, {}], {});
  expect(colors.red("failed")).toBe("failed");
});
