import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removeOwned } from "../../../bench/remove-owned.ts";
import { commandDocker } from "../../../src/docker/api.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { type UserProject, userProject } from "../../e2e/user-project.ts";

const id = randomBytes(3).toString("hex");
const owner = `places-${id}/dev/000000`;
const GONE = "https://127.0.0.1:1";
const KUBECONFIG = "kubeconfig.json";

let project: UserProject;

beforeAll(async () => {
  project = userProject(`places-${id}`);
  project.declare('sandbox("shop", { services: { cache: redis() } })');
  project.configure({ sandboxes: ["shop"] });
  project.write("Pulumi.staging.yaml", "config: { nestbox:target: kubernetes }\n");
  const [name, user] = ["staging", {}];
  project.write(
    KUBECONFIG,
    JSON.stringify({
      clusters: [{ name, cluster: { server: GONE } }],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    }),
  );
  const labels = { [LABEL.owner]: owner, [LABEL.project]: "places", [LABEL.sandbox]: "shop" };
  const body = { Name: `places-${id}`, Labels: { ...labels, [LABEL.kind]: "network" } };
  await commandDocker(engineHost(process.env), { method: "POST", path: "/networks/create", body });
});

afterAll(async () => {
  await removeOwned(owner);
  await project.remove();
});

const everywhere = (...words: readonly string[]) =>
  project.nestboxEverywhere(words, { KUBECONFIG: `${project.folder}/${KUBECONFIG}` });

test("a cluster that does not answer is a warning, and hides no sandbox of the engine", async () => {
  const ls = await everywhere("ls", "--json");
  expect(JSON.parse(ls.stdout).sandboxes).toContainEqual(
    expect.objectContaining({ target: "docker", owner }),
  );
  expect(ls.stderr.match(new RegExp(GONE, "g"))).toHaveLength(1);
  expect(ls.exitCode).toBe(2);
  const gc = await everywhere("gc", "--json");
  expect(JSON.parse(gc.stdout)).toMatchObject({ found: expect.any(Array), removed: false });
  expect(gc).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(GONE) });
});

test("a stack or a kind of place that is named is the only one", async () => {
  const only = await everywhere("ls", "--json", "--target", "docker");
  expect(only).toMatchObject({ exitCode: 0, stderr: "", stdout: expect.stringContaining(owner) });
  expect(await everywhere("ls", "--json", "--stack", project.stack)).toMatchObject({
    exitCode: 0,
    stderr: "",
  });
  for (const words of [
    ["--stack", "staging"],
    ["--target", "kubernetes"],
  ])
    expect(await everywhere("ls", ...words)).toMatchObject({
      ...{ exitCode: 2, stdout: "" },
      stderr: expect.stringMatching(/^error .*127\.0\.0\.1:1/m),
    });
});

test("an engine that does not answer is a warning, and a settings file that is wrong, too", async () => {
  project.write("Pulumi.broken.yaml", "config: { nestbox:target: moon }\n");
  const environment = { DOCKER_HOST: "tcp://127.0.0.1:1", KUBECONFIG: `${project.folder}/${KUBECONFIG}` };
  const { exitCode, stdout, stderr } = await project.nestboxEverywhere(["ls"], environment);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  for (const cause of ["Pulumi.broken.yaml: nestbox:target", "tcp://127.0.0.1:1", GONE])
    expect(stderr).toContain(cause);
});
