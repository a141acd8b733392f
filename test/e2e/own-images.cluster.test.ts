import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askDocker } from "../../src/docker/api.ts";
import { removeBuiltImages } from "../../src/docker/build/unused-images.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { filterQuery } from "../../src/docker/listing.ts";
import { freePort } from "../free-port.ts";
import { kubectl, kubectlCommand } from "../kubectl.ts";
import { pullOnNode } from "../kubernetes/pull-on-node.ts";
import { dockerWith } from "../setup/docker-command.ts";
import { type ProjectRegistry, projectRegistry } from "./project-registry.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

// The reference registry, with TLS and a password. The engine pushes to it, and the cluster's node pulls.

const engine = engineHost(process.env);
/** Makes the images of this run others than those of other runs. */
const run = randomBytes(6).toString("hex");
const folder = `api-${run}`;
let registry: ProjectRegistry;
let project: UserProject;

beforeAll(async () => {
  await dockerWith(["registry:3", "alpine:3.19"]);
  registry = await projectRegistry({ engine, hostname: "127.0.0.1", port: await freePort() });
  await pullOnNode(engine, registry);
  project = userProject(`cluster-images-${run}`);
  project.write(`${folder}/Dockerfile`, "FROM alpine:3.19\nWORKDIR /app\nCOPY greeting .\n");
  greet("hello");
  project.write(
    "sandboxes/index.ts",
    `import { build, exec, sandbox } from "nestbox";
    const api = build("${folder}");
    const probe = exec("test -e /app/greeting", { startEvery: "50ms" });
    export default [sandbox("shop", {
      services: { api: { image: api, command: ["sleep", "1000"], stop: { grace: "1s" }, probe } },
      jobs: { greet: { image: api, workingFolder: "/app", script: ["cat greeting"] } },
    })];\n`,
  );
  configure({ imagePullSecret: { fromDocker: true } });
}, 600_000);

afterAll(async () => {
  await project?.remove();
  await removeBuiltImages(engine, await ownImages());
  await registry?.remove();
});

function greet(word: string): void {
  project.write(`${folder}/greeting`, `${word} ${run}\n`);
}

function configure(settings: Readonly<Record<string, unknown>>): void {
  const kubernetes = { registry: `${registry.address}/team`, ...settings };
  project.configure({ sandboxes: ["shop"], target: "kubernetes", kubernetes });
}

function nestbox(...words: readonly string[]): Promise<CommandEnd> {
  const auths = { [registry.address]: registry.login };
  const { KUBECONFIG } = kubectlCommand().env;
  return project.nestbox(words, { KUBECONFIG, DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) });
}

async function succeed(...words: readonly string[]): Promise<CommandEnd> {
  const end = await nestbox(...words);
  if (end.exitCode !== 0) throw new Error(`${words.join(" ")} failed:\n${end.stdout}${end.stderr}`);
  expect(end.stdout + end.stderr).not.toContain(registry.login.password);
  return end;
}

/** The names of the images that this test has built, on the engine. */
async function ownImages(): Promise<readonly string[]> {
  const filters = filterQuery({ reference: [`localhost/nestbox/${folder}`] });
  type Answer = readonly { readonly RepoTags: readonly string[] }[];
  const images = await askDocker<Answer>(engine, `/images/json?${filters}`);
  return images.flatMap(({ RepoTags }) => RepoTags);
}

/** The images of the pods that run a sandbox of the project's stack. */
function imagesOfPods(): readonly string[] {
  const path = "{.items[*].spec.containers[*].image}";
  const words = ["get", "pods", "--all-namespaces", `--selector=nestbox.owner=${project.owner}`];
  return kubectl(...words, "-o", `jsonpath=${path}`).split(" ");
}

test("run builds and pushes an image once, and the cluster pulls it with this machine's login", async () => {
  const first = await succeed("run", "--fresh");
  expect(first.stdout).toContain(`hello ${run}`);
  expect(first.stderr).toMatch(/Build api-\w+\s.*built/);
  const [name = ""] = await ownImages();
  expect(await registry.digestOf(`team/${folder}`, name.split(":")[1] ?? "")).toMatch(/^sha256:/);
  const second = await succeed("run", "--fresh");
  expect(second.stdout).toContain(`hello ${run}`);
  expect(second.stderr).not.toContain("Build ");
});

test("a stack has its pods from the registry by digest, and replaces them after a change", async () => {
  await succeed("up");
  const before = imagesOfPods();
  expect(before).toEqual([expect.stringContaining(`${registry.address}/team/${folder}`)]);
  expect(before[0]).toMatch(/@sha256:\w+$/);
  greet("changed");
  await succeed("up");
  expect((await succeed("run")).stdout).toContain(`changed ${run}`);
  expect(imagesOfPods()).not.toContain(before[0]);
  await succeed("down", "--wait");
});

test("without a login for its nodes, the error names the image and the registry's refusal", async () => {
  configure({});
  const { exitCode, stderr } = await nestbox("run", "--fresh");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/shop\.services\.api: its image \S+ cannot be pulled: .*(?:401|authoriz)/);
});
