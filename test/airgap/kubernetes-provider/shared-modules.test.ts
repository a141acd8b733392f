import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const AIRGAP = join(__dirname, "../../../airgap");

/** The versions of the modules that a Go module requires, by path. */
function requiredBy(module: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(AIRGAP, module, "go.mod"), "utf8");
  const lines = text.matchAll(/^(?:require |\t)([^\s()]+) (v\S+)(?: \/\/ indirect)?$/gm);
  return new Map([...lines].map(([, name = "", version = ""]) => [name, version]));
}

test("the Kubernetes provider has the CLI's versions, so that Go's cache serves both", () => {
  const cli = requiredBy("pulumi");
  const others = [...requiredBy("kubernetes-provider")]
    .filter(([name, version]) => cli.has(name) && cli.get(name) !== version)
    .map(([name]) => name);
  expect(cli.size).toBeGreaterThan(100);
  // The Docker provider is compiled without the Kubernetes client.
  expect(others.filter((name) => !/^(sigs\.)?k8s\.io\//.test(name))).toEqual(["go.uber.org/atomic"]);
});
