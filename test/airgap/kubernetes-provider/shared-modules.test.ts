import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";

const AIRGAP = join(__dirname, "../../../airgap");

/** The versions of the modules that a Go module requires, or replaces them by, by path. */
function requiredBy(module: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(AIRGAP, module, "go.mod"), "utf8");
  const lines = text.matchAll(/^(?:require |\t)([^\s()]+) (?:=> \1 )?(v\S+)(?: \/\/ indirect)?$/gm);
  return new Map([...lines].map(([, name = "", version = ""]) => [name, version]));
}

/** The modules that two Go modules require in different versions. */
function otherVersions(one: string, other: string): readonly string[] {
  const versions = requiredBy(one);
  expect(versions.size).toBeGreaterThan(100);
  return [...requiredBy(other)]
    .filter(([name, version]) => versions.has(name) && versions.get(name) !== version)
    .map(([name]) => name);
}

test("the Kubernetes provider has the CLI's versions, so that Go's cache serves both", () => {
  // The Docker provider is compiled without the Kubernetes client.
  const others = otherVersions("pulumi", "kubernetes-provider").filter(
    (name) => !/^(sigs\.)?k8s\.io\//.test(name),
  );
  expect(others).toEqual([
    "github.com/fxamacker/cbor/v2",
    "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
    "go.uber.org/atomic",
  ]);
});

test("the cluster has the versions of its provider, so that Go's cache serves both", () => {
  // Neither compiles a package of these.
  const unused = ["golang.org/x/mod", "golang.org/x/tools"];
  expect(otherVersions("kubernetes", "kubernetes-provider")).toEqual(unused);
});
