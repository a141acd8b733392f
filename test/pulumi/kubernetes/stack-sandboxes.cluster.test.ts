import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type PulumiProject, pulumiYaml } from "../../airgap/pulumi-project.ts";
import { kubectl } from "../../kubectl.ts";
import { clusterProject } from "./cluster-project.ts";

const SANDBOXES = `import { sandbox } from "nestbox";
import { redis } from "nestbox/catalog";

export default [sandbox("store", { services: { cache: redis() } })];
`;

const PROGRAM = `import { bringUp } from "nestbox/pulumi";

export default await bringUp({ sandboxes: () => import("./sandboxes.ts") });
`;

let project: PulumiProject;

beforeAll(async () => {
  project = await clusterProject({
    "Pulumi.yaml": pulumiYaml(),
    "index.ts": PROGRAM,
    "sandboxes.ts": SANDBOXES,
  });
  writeSettings({ sandboxes: ["store"], target: "kubernetes", kubernetes: { namespacePrefix: "test-" } });
}, 1_200_000);

afterAll(async () => {
  await project?.pulumi("destroy", "--yes", "--skip-preview");
  project?.remove();
});

function writeSettings(settings: Readonly<Record<string, unknown>>): void {
  const config = Object.entries(settings).map(([name, value]) => [`nestbox:${name}`, value]);
  project.write("Pulumi.test.yaml", JSON.stringify({ config: Object.fromEntries(config) }));
}

const up = () => project.pulumi("up", "--yes", "--skip-preview");

test("plain pulumi up creates the sandboxes of a stack in the cluster of its settings", async () => {
  const { code, output } = await up();
  if (code !== 0) throw new Error(output);
  const { sandboxes } = JSON.parse((await project.pulumi("stack", "output", "--json")).output);
  expect(sandboxes.store.namespace).toMatch(/^test-nestbox-test-test-store-[0-9a-z]{6}$/);
  expect(sandboxes.store.services.cache.url).toBe("redis://cache:6379/0");
  expect(kubectl("--namespace", sandboxes.store.namespace, "get", "deployments", "--output", "name")).toBe(
    "deployment.apps/cache\n",
  );
});

test("a context that does not exist is a plain error, and leaves the state as it is", async () => {
  writeSettings({ sandboxes: ["store"], target: "kubernetes", kubernetes: { context: "nowhere" } });
  const { code, output } = await up();
  expect(code).not.toBe(0);
  expect(output).toMatch(/no context "nowhere"; it has \S+/);
  expect(project.stateText()).not.toContain("nowhere");
  expect(output).not.toMatch(/\n\s+at /);
});

test("a wrong setting is refused before the first resource, naming it", async () => {
  writeSettings({ sandboxes: ["store"], target: "kubernetes", kubernetes: { contxt: "nowhere" } });
  const { code, output } = await up();
  expect(code).not.toBe(0);
  expect(output).toContain(
    "Pulumi.test.yaml: nestbox:kubernetes.contxt is not a setting; use one of context",
  );
  expect(output).not.toMatch(/\n\s+at /);
});
