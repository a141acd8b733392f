import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import sandboxes from "../../sandboxes/index.ts";
import { kubernetesEmission } from "../../src/kubernetes/kubernetes-files.ts";
import { projectFileContents } from "../../src/kubernetes/project-file-contents.ts";
import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { log } from "../../src/model/probe.ts";
import { secret } from "../../src/model/text.ts";
import { originOf } from "../../src/text/emitted-file.ts";
import { expectFile } from "../snapshot-file.ts";

const FOLDER = path.join(__dirname, "kubernetes-files");
const PLANS = sandboxes.map((declared) => plan(declared, { profiles: "all" }));
const PROJECT_FILES = projectFileContents(PLANS, path.join(__dirname, "../.."));

/** Sandboxes with all that a file may hold: project files, secrets, volumes and losses. */
const SHOWN = PLANS.filter(({ sandbox: name }) => ["shop", "secrets", "docker-env", "image"].includes(name));

/** The emitted files by path below the folder of the sandbox. */
function filesOf<Connections>(definition: SandboxDefinition<Connections>): Readonly<Record<string, string>> {
  const planned = plan(sandbox("box", definition), { profiles: "all" });
  return Object.fromEntries(
    kubernetesEmission([planned], {}).files.map(({ path: file, content }) => [
      file.replace("kubernetes/box/", ""),
      content,
    ]),
  );
}

test.each(SHOWN)("the manifests of $sandbox are those in test/emission/kubernetes-files", (planned) => {
  for (const { path: file, content } of kubernetesEmission([planned], PROJECT_FILES).files)
    expectFile(path.join(FOLDER, file.replace("kubernetes/", "")), content);
});

test("every file there is emitted", () => {
  const found = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".yaml"),
  );
  const emitted = kubernetesEmission(SHOWN, PROJECT_FILES).files;
  expect(found.sort()).toEqual(emitted.map(({ path: file }) => file.replace("kubernetes/", "")).sort());
});

test("all documents are valid YAML with the keys of Kubernetes in their usual order", () => {
  for (const { content } of kubernetesEmission(PLANS, PROJECT_FILES).files) {
    expect(originOf(content)).toBe("emitted");
    for (const document of parseAllDocuments(content)) {
      expect(document.errors).toEqual([]);
      const keys = Object.keys(document.toJS());
      expect(keys.slice(0, 2)).toEqual(["apiVersion", "kind"]);
    }
  }
});

test("a kustomization lists every file but those of jobs", () => {
  const files = filesOf({
    services: { cache: { image: "a" } },
    jobs: { tests: { image: "a", script: ["true"] } },
  });
  expect(Object.keys(files)).toEqual([
    "kustomization.yaml",
    "namespace.yaml",
    "network.yaml",
    "services/cache.yaml",
    "jobs/tests.yaml",
  ]);
  const kustomization = parse(files["kustomization.yaml"] ?? "");
  expect(kustomization).toMatchObject({
    namespace: "box",
    resources: ["namespace.yaml", "network.yaml", "services/cache.yaml"],
  });
  expect(kustomization).not.toHaveProperty("secretGenerator");
});

test("a secret is a key of a generated Secret, from a file that is not emitted", () => {
  const files = filesOf({ services: { cache: { image: "a", env: { A: secret("one"), B: secret("two") } } } });
  expect(parse(files["kustomization.yaml"] ?? "")).toMatchObject({
    secretGenerator: [{ name: "secrets", envs: ["secrets.env"] }],
    generatorOptions: { disableNameSuffixHash: true, labels: { "nestbox.sandbox": "box" } },
  });
  expect(files["kustomization.yaml"]).toContain("#   one=…\n#   two=…\n");
  expect(files).not.toHaveProperty("secrets.env");
});

test("a loss is a comment above the object", () => {
  const files = filesOf({
    services: {
      logger: { image: "a", ports: [80], publish: true, probe: log(/up/) },
      web: { image: "a", after: { logger: "ready" } },
    },
  });
  expect(files["services/logger.yaml"]).toContain(
    "---\n# Not as declared:\n" +
      "#   publish: reachable by `kubectl port-forward`\n" +
      "#   probe: ready when the first port accepts connections\n" +
      "apiVersion: apps/v1\nkind: Deployment\n",
  );
  expect(files["services/web.yaml"]).toContain("#   after: starts without waiting for those\n");
});
