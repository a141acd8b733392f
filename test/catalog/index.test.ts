import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { STAND_INS } from "../../airgap/images/stand-ins.ts";
import * as catalog from "../../src/catalog/index.ts";
import { CATALOG, type CatalogEntry } from "../../src/catalog/index.ts";
import { redis } from "../../src/catalog/redis.ts";
import { connectionOf } from "../../src/model/declaration/references.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { clientOf } from "../../src/model/declaration/service.ts";
import { expectFile } from "../snapshot-file.ts";

const SOURCES = path.join(__dirname, "../../src/catalog");
const REFERENCE = path.join(__dirname, "../../docs/reference-catalog.md");

const HEAD = `| service | image | options, with their defaults | ready when | references add | client |
|---|---|---|---|---|---|
`;
const VARIABLES_HEAD = `| service | variables of clients | image variables that become options | tested |
|---|---|---|---|
`;

/** The row of an entry in the reference. */
function row({ from, declare, options, readyWhen }: CatalogEntry): string {
  const { image, client, ...service } = declare();
  const { host: _, port: __, ...added } = connectionOf("key", { image, ...service });
  const cells = [
    `\`${from}()\``,
    `\`${image}\``,
    Object.entries(options)
      .map(([name, value]) => `\`${name}\`: ${value}`)
      .join("; "),
    readyWhen,
    Object.keys(added)
      .map((name) => `\`${name}\``)
      .join(", "),
    // Words of a shell come before those of the client.
    client === undefined ? "–" : `\`${client.slice(client[0] === "sh" ? 3 : 0)[0]}\``,
  ];
  return `| ${cells.join(" | ")} |\n`;
}

/** The names of its clients' variables, and how it is tested. */
function variablesRow({ from, declare, imageVariables = {}, untested }: CatalogEntry): string {
  const { image } = declare();
  const isOnRequest = STAND_INS.some(({ name, onRequest }) => name === image && onRequest);
  const names = (all: readonly string[]) => all.map((name) => `\`${name}\``).join(", ") || "–";
  const cells = [
    `\`${from}()\``,
    names(Object.keys(connectionOf("key", declare()).variables)),
    names(Object.keys(imageVariables)),
    untested ? "untested" : isOnRequest ? "with `--all`" : "always",
  ];
  return `| ${cells.join(" | ")} |\n`;
}

test("the tables in docs/reference-catalog.md are those of the list", () => {
  const table = /\n\| service \|[^\n]*\n\|[-|]+\n(?:\|[^\n]*\n)*/;
  const [before = "", between = "", after = ""] = readFileSync(REFERENCE, "utf8").split(table);
  const [first, second] = [
    HEAD + CATALOG.map(row).join(""),
    VARIABLES_HEAD + CATALOG.map(variablesRow).join(""),
  ];
  expectFile(REFERENCE, `${before}\n${first}${between}\n${second}${after}`);
});

test("the client of a declared service is found by the service's key", () => {
  const declared = sandbox("shop", {
    services: { cache: redis(), web: { image: "web" }, own: { image: "mysql", client: ["mysql", "-uroot"] } },
  });
  expect(clientOf(declared, "cache")).toEqual(["redis-cli"]);
  expect(clientOf(declared, "own")).toEqual(["mysql", "-uroot"]);
  expect(clientOf(declared, "web")).toBeUndefined();
  expect(clientOf(declared, "toString")).toBeUndefined();
});

test("the list has every exported function", () => {
  const functions = Object.entries(catalog).filter(([, one]) => typeof one === "function");
  expect(Object.fromEntries(CATALOG.map(({ from, declare }) => [from, declare]))).toEqual(
    Object.fromEntries(functions),
  );
});

test("a service is untested where no stand-in has its server, and its documentation says so", () => {
  const names = STAND_INS.map((one) => one.name);
  const without = CATALOG.filter(({ declare }) => !names.includes(String(declare().image)));
  expect(without).toEqual(CATALOG.filter(({ untested }) => untested));
  const sources = readdirSync(SOURCES).map((name) => readFileSync(path.join(SOURCES, name), "utf8"));
  for (const { from, untested = false } of CATALOG) {
    const [, comment] =
      sources
        .map((text) => new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\nexport function ${from}\\(`).exec(text))
        .find((found) => found !== null) ?? [];
    expect([from, comment?.replace(/\n \* /g, " ").includes("Untested: no test runs its server.")]).toEqual([
      from,
      untested,
    ]);
  }
});

test("the probe of each proves more than an open port, and its image has a tag", () => {
  for (const { declare } of CATALOG) {
    const { probe, image } = declare();
    expect([image, probe?.kind]).toEqual([image, expect.stringMatching(/^(?:exec|http)$/)]);
    expect(image).toMatch(/:[\w.-]+$/);
  }
});

test("variables of images name options", () => {
  for (const { options, imageVariables = {} } of CATALOG)
    expect(Object.keys(options)).toEqual(expect.arrayContaining(Object.values(imageVariables)));
});

test("names and keys are unique, and the checks are jobs beside their services", () => {
  const declared = sandbox("catalog", {
    services: Object.fromEntries(CATALOG.map(({ key, declare }) => [key, declare()])),
    jobs: Object.fromEntries(
      CATALOG.map(({ name, check: { image, script } }) => [`check-${name}`, { image, script: [script] }]),
    ),
  });
  expect(Object.keys(declared.services)).toHaveLength(CATALOG.length);
  expect(Object.keys(declared.jobs)).toHaveLength(CATALOG.length);
});
