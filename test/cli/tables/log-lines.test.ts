import { expect, test } from "@jest/globals";
import { lineFormat } from "../../../src/cli/tables/log-lines.ts";

const LINE = { sandbox: "shop", service: "api", stream: "stderr", text: "started" } as const;
const PLAIN = { json: false, colours: false, names: true };

test("names are as wide as the longest", () => {
  expect(lineFormat(["api", "database"], PLAIN)(LINE)).toBe("api      | started\n");
});

test("each service has a colour of its own, and the text has none", () => {
  const format = lineFormat(["api", "cache"], { ...PLAIN, colours: true });
  expect(format(LINE)).toBe("\u001b[36mapi   |\u001b[39m started\n");
  expect(format({ ...LINE, service: "cache" })).toBe("\u001b[33mcache |\u001b[39m started\n");
});

test("without names, lines are as the service wrote them", () => {
  expect(lineFormat(["api"], { ...PLAIN, names: false })(LINE)).toBe("started\n");
});

test("JSON has a line an object, in colour or not", () => {
  const text = lineFormat(["api"], { json: true, colours: true, names: true })(LINE);
  expect(text).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(text)).toEqual({ schema: 1, ...LINE });
});
