import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { type Manifest, publishedManifest } from "../../packaging/published-manifest.ts";

const REPOSITORY = join(__dirname, "../..");

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(REPOSITORY, folder, "package.json"), "utf8"));
}

test.each([
  [".", "./src"],
  ["airgap", "."],
])("the published package of %s has the entries of its sources", (folder, sources) => {
  const manifest = manifestOf(folder);
  const published = publishedManifest(manifest, sources, ["./catalog"]);
  expect(Object.keys(published.exports)).toEqual(Object.keys(manifest.exports));
  const source = (path: string) => path.replace("./dist", sources).replace(/\.js$/, ".ts");
  for (const [entry, { types, default: file }] of Object.entries(published.exports)) {
    expect(source(file)).toBe(manifest.exports[entry]);
    expect(types).toBe(file.replace(/\.js$/, ".d.ts"));
  }
  const paths = [...Object.values(published.imports ?? {}), ...Object.values(published.bin ?? {})];
  for (const path of paths) expect(existsSync(join(REPOSITORY, folder, source(`./${path}`)))).toBe(true);
});

test("require gets the CommonJS of an entry that has it, with its types", () => {
  const { exports } = publishedManifest(manifestOf("."), "./src", ["./catalog"]);
  expect(exports["./catalog"]).toEqual({
    require: { types: "./dist/catalog/index.d.cts", default: "./dist/catalog/index.cjs" },
    types: "./dist/catalog/index.d.ts",
    default: "./dist/catalog/index.js",
  });
  // The first condition that fits counts.
  expect(Object.keys(exports["./catalog"] ?? {})[0]).toBe("require");
  expect(exports["."]).not.toHaveProperty("require");
});

test("the published package runs on Node alone, and has nothing of this repository's tests", () => {
  const published = publishedManifest(manifestOf("."), "./src", []);
  expect(published).toMatchObject({ bin: { nestbox: "dist/cli/main.mjs" }, engines: { node: ">=22.18" } });
  for (const field of ["private", "workspaces", "scripts", "devDependencies", "allowScripts"])
    expect(published).not.toHaveProperty([field]);
});

test("every peer is optional, and those of Pulumi are pinned for this repository", () => {
  const {
    dependencies,
    peerDependencies = {},
    peerDependenciesMeta,
  } = publishedManifest(manifestOf("."), "./src", []);
  const { devDependencies } = manifestOf(".") as unknown as { devDependencies: Record<string, string> };
  expect(Object.keys(dependencies).filter((name) => name.startsWith("@pulumi/"))).toEqual([]);
  for (const [name, range] of Object.entries(peerDependencies)) {
    expect(peerDependenciesMeta?.[name]).toEqual({ optional: true });
    if (name.startsWith("@pulumi/")) expect(range).toBe(`^${devDependencies[name]}`);
  }
  expect(Object.keys(peerDependencies)).toEqual(
    expect.arrayContaining(["@opentelemetry/exporter-trace-otlp-http", "@pulumi/pulumi"]),
  );
});
