import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import sandboxes from "../../../sandboxes/index.ts";
import { projectFileContents } from "../../../src/kubernetes/project-file-contents.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { toYaml, type YamlValue } from "../../../src/text/yaml.ts";
import { expectFile } from "../../snapshot-file.ts";
import { manifestsOf } from "./placed-manifests.ts";
import { schemaProblems } from "./schema-problems.ts";
import { everything } from "./wide-sandbox.ts";

const FOLDER = path.join(__dirname, "manifests");
const PROJECT = path.join(__dirname, "../../..");

const CASES = sandboxes.map((declared) => {
  const projectFiles = projectFileContents([plan(declared, { profiles: "all" })], PROJECT);
  return { name: declared.name, manifests: manifestsOf(declared, { projectFiles }) };
});

test.each(CASES)(
  "the manifests of $name are those in test/kubernetes/lowering/manifests",
  ({ name, manifests }) => {
    const documents = manifests.map((manifest) => toYaml(manifest as unknown as YamlValue));
    expectFile(path.join(FOLDER, `${name}.yaml`), documents.join("---\n"));
  },
);

test("every file there belongs to a sandbox", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(sandboxes.map(({ name }) => `${name}.yaml`).sort());
});

test("every manifest conforms to the types of the Kubernetes API, without unknown properties", () => {
  const all = [...CASES.flatMap(({ manifests }) => manifests), ...everything()];
  expect(schemaProblems(all)).toEqual([]);
});

test("the check of the types finds an unknown property and a wrong type", () => {
  const container = { name: "a", image: "a", comand: ["true"], ports: [{ containerPort: "80" }] };
  const pod = { metadata: { name: "a" }, spec: { containers: [container] } };
  const manifest = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a" },
    data: { a: 1 },
    spec: pod,
  };
  expect(schemaProblems([manifest]).join("\n")).toMatch(/number.*string|'spec' does not exist/);
});
