import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";

const REPOSITORY = path.resolve(__dirname, "../../..");

const COMPOSE = `name: shop
services:
  db: { image: "postgres:17-alpine", environment: { POSTGRES_PASSWORD: "\${DB_PASSWORD}" } }
  api:
    image: "api:\${API_TAG:-latest}"
    env_file: api.env
    restart: always
    depends_on: [db]
    ports: ["8080:80"]
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "nestbox-import-"));
  mkdirSync(path.join(root, "node_modules"));
  symlinkSync(REPOSITORY, path.join(root, "node_modules/nestbox"));
  writeFileSync(path.join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(path.join(root, "compose.yaml"), COMPOSE);
  writeFileSync(path.join(root, "api.env"), "MODE=fast\n");
  writeFileSync(path.join(root, ".env"), "API_TAG=7\n");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function nestbox(...words: readonly string[]) {
  const main = path.join(REPOSITORY, "src/cli/main.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: root,
    encoding: "utf8",
  });
  return { exitCode: status, stdout, stderr };
}

const read = (file: string) => readFileSync(path.join(root, file), "utf8");

test("an imported sandbox has a plan, with the values of the environment's files", () => {
  const { exitCode, stdout } = nestbox("import");
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(
    /^✓ sandboxes\/index\.ts {2}sandbox shop, 2 services\n\nOther than in the compose file:\n/,
  );
  expect(stdout).toMatch(/^compose\.yaml:7 +services\.api\.restart: left out/m);
  expect(stdout).toContain("Next: npx nestbox up shop, or npx nestbox run shop -- COMMAND\n");
  const plan = nestbox("plan", "shop", "--json");
  expect(plan).toMatchObject({ exitCode: 0, stderr: "" });
  expect(plan.stdout).toContain('"api:7"');
  expect(plan.stdout).toMatch(/"MODE": "fast"/);
  expect(read("sandboxes/index.ts")).not.toContain("fast");
});

test("beside other sandboxes it is a module of its own, and none is overwritten", () => {
  mkdirSync(path.join(root, "sandboxes"));
  writeFileSync(path.join(root, "sandboxes/index.ts"), "export default [];\n");
  expect(nestbox("import", "compose.yaml").stdout).toContain(
    "Add it to the list in sandboxes/index.ts. Next:",
  );
  expect(read("sandboxes/shop.ts")).toContain('export default sandbox("shop", {');
  expect(nestbox("import")).toMatchObject({
    exitCode: 2,
    stderr: "error sandboxes/shop.ts: is there already; remove it, or print another one with --print\n",
  });
  expect(nestbox("import", "--print").stdout).toContain('sandbox("shop", {');
});

test("init declares the services of a compose file", () => {
  const { exitCode, stdout } = nestbox("init", "--from", "compose.yaml", "--service", "db");
  expect(exitCode).toBe(0);
  expect(read("sandboxes/index.ts")).toContain('postgres({ password: secret("db-password") })');
  expect(read("sandboxes/index.ts")).not.toContain("api");
  expect(stdout).toContain('is secret("db-password"); set NESTBOX_SECRET_DB_PASSWORD');
  expect(nestbox("init", "--from", "compose.yaml")).toMatchObject({
    exitCode: 2,
    stderr: "error --from: sandboxes/index.ts is there already; use nestbox import compose.yaml\n",
  });
});

test("init without services names a compose file that is there", () => {
  expect(nestbox("init").stdout).toContain("--from compose.yaml declares the services of that file.");
});

test("a folder without a compose file, and a file that is broken", () => {
  rmSync(path.join(root, "compose.yaml"));
  expect(nestbox("import")).toMatchObject({
    exitCode: 2,
    stderr: "error FILE: is missing, and there is no compose.yaml here; name a compose file\n",
  });
  expect(nestbox("import", "other.yaml")).toMatchObject({
    exitCode: 2,
    stderr: "error other.yaml: cannot be read (ENOENT); name a compose file\n",
  });
});
