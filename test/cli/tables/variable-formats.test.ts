import { spawnSync } from "node:child_process";
import { parseEnv } from "node:util";
import { expect, test } from "@jest/globals";
import { formatVariables } from "../../../src/cli/tables/variable-formats.ts";

const ODD: Readonly<Record<string, string>> = {
  PLAIN: "redis://127.0.0.1:6379/0",
  EMPTY: "",
  SPACES: "  a  b ",
  DOLLARS: "$HOME $$ `id` ${x} #",
  QUOTES: 'a"b\\c',
  NEWLINES: "one\ntwo",
  NOT_ASCII: "Größe 漢字",
};

test("a shell reads the original values, with quotes of both kinds", () => {
  const odd = { ...ODD, BOTH: `it's "so" $(id)` };
  const { stdout } = spawnSync("sh", ["-c", `${formatVariables(odd, "shell")} env -0`], { env: {} });
  const read = Object.fromEntries(
    stdout
      .toString()
      .split("\0")
      .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
  expect(read).toMatchObject(odd);
});

test("a reader of dotenv reads the original values", () => {
  expect(parseEnv(formatVariables(ODD, "dotenv"))).toEqual(ODD);
  expect(formatVariables({ PLAIN: "redis://h:1/0" }, "dotenv")).toBe("PLAIN=redis://h:1/0\n");
  expect(formatVariables({ BOTH: `it's "so" $x\n` }, "dotenv")).toBe('BOTH="it\'s \\"so\\" \\$x\\n"\n');
});

test("JSON is an object", () => {
  expect(JSON.parse(formatVariables(ODD, "json"))).toEqual(ODD);
});
