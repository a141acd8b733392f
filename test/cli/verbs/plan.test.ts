import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { parse } from "yaml";

const REPOSITORY = path.resolve(__dirname, "../../..");

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "nestbox-plan-"));
  mkdirSync(path.join(folder, "sandboxes"));
  const model = path.join(REPOSITORY, "src/model/index.ts");
  const shop = {
    services: {
      cache: { image: "redis:7-alpine" },
      database: { image: "postgres:16-alpine", profiles: ["database"] },
      mail: { image: "mail:1", profiles: ["mail"] },
    },
    jobs: { tests: { image: "alpine:3.19", script: ["true"] } },
  };
  const files = {
    "Pulumi.yaml": "name: plans\n",
    "Pulumi.dev.yaml": "config: { nestbox:sandboxes: [shop], nestbox:profiles: [mail] }\n",
    "package.json": '{ "type": "module" }',
    "sandboxes/index.ts":
      `import { sandbox } from ${JSON.stringify(model)};\n` +
      `export default [sandbox("shop", ${JSON.stringify(shop)}), sandbox("empty", { services: {} }),\n` +
      '  sandbox("broken", { services: {}, version: "3" }), sandbox("Odd", { services: {} })];\n',
  };
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(folder, file), content);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function plan(...words: readonly string[]) {
  return nestbox("plan", ...words);
}

function nestbox(...words: readonly string[]) {
  const command = path.join(REPOSITORY, "src/cli/main.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, "-C", folder, ...words], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", PULUMI_STACK: "dev" },
  });
  return { status, stdout, stderr };
}

/** The keys of the planned services, from the command's JSON. */
function servicesOf(...words: readonly string[]): readonly string[] {
  const { status, stdout, stderr } = plan(...words, "--json");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout).services.map(({ key }: { readonly key: string }) => key);
}

test("the plan is printed as YAML, with every default", () => {
  const { status, stdout, stderr } = plan("shop");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout).toMatch(/^sandbox: shop\n/);
  expect(parse(stdout)).toMatchObject({
    networks: [{ key: "default", internal: false }],
    services: [{ key: "cache", image: "redis:7-alpine", aliases: ["cache"] }, { key: "mail" }],
    jobs: [{ key: "tests", timeout: "1h" }],
  });
});

test("--json prints the same plan as JSON", () => {
  const { status, stdout } = plan("shop", "--json");
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ schema: 1, ...parse(plan("shop").stdout) });
});

test("the active profiles are those of the stack, unless --profiles names others", () => {
  expect(servicesOf("shop")).toEqual(["cache", "mail"]);
  expect(servicesOf("shop", "--profiles", "database")).toEqual(["cache", "database"]);
});

test("--profiles all activates every profile", () => {
  expect(servicesOf("shop", "--profiles", "all")).toEqual(["cache", "database", "mail"]);
});

test("an unknown sandbox is an error naming the declared ones", () => {
  expect(plan("barn")).toEqual({
    status: 2,
    stdout: "",
    stderr: 'error no sandbox "barn"; sandboxes/index.ts lists shop, empty, broken, Odd\n',
  });
});

test("an invalid sandbox stops only the commands that use it, with all problems", () => {
  const broken = "broken.version: is not a property of a sandbox; remove it\n";
  expect(plan("broken")).toEqual({ status: 2, stdout: "", stderr: `error ${broken}` });
  expect(nestbox("emit", "shop")).toMatchObject({ status: 0 });
  const { status, stdout, stderr } = nestbox("emit", "--check");
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toMatch(/^error broken\.version: .*\n.*sandbox: "Odd" is not a legal name/);
});

test.each([
  ["shop", "database, mail"],
  ["empty", "none"],
])("an unknown profile of %s is an error naming the declared ones", (name, known) => {
  expect(plan(name, "--profiles", "nightly")).toEqual({
    status: 2,
    stdout: "",
    stderr: `error no profile "nightly" in sandbox "${name}"; it has ${known}\n`,
  });
});
