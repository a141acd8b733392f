import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { askDocker, deleteOnDocker } from "../../src/docker/api.ts";
import { engineHost } from "../../src/docker/engine-host.ts";
import { LABEL } from "../../src/model/labels.ts";
import { runCommand } from "../emission/docker-client.ts";
import { freePort } from "../free-port.ts";
import { type HelperFolder, helperFolder } from "../registry/helper-folder.ts";
import { dockerWith } from "../setup/docker-command.ts";
import { type ProjectRegistry, projectRegistry } from "./project-registry.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

// The images of a sandbox in the reference registry, with TLS of its own authority and a password.

const engine = engineHost(process.env);

let registry: ProjectRegistry;
let project: UserProject;
let helpers: HelperFolder;
let image: string;
/** The folder of config.json. */
let logins: string;

beforeAll(async () => {
  const docker = await dockerWith(["registry:3", "redis:7-alpine"]);
  registry = await projectRegistry({ engine, hostname: "127.0.0.1", port: await freePort() });
  image = `${registry.address}/team/cache:1`;
  helpers = helperFolder();
  logins = mkdtempSync(path.join(tmpdir(), "nestbox-logins-"));
  dockerLogin();
  await docker.run("tag", "redis:7-alpine", image);
  await docker.run("--config", logins, "push", image);
  project = userProject("e2e-private-images");
  declare(image);
  project.configure({ sandboxes: ["private"] });
}, 600_000);

beforeEach(() => {
  rmSync(path.join(logins, "config.json"), { force: true });
  return removeImage();
});

afterAll(async () => {
  await project?.remove();
  await removeImage();
  await registry?.remove();
  helpers?.remove();
  rmSync(logins, { recursive: true, force: true });
});

function declare(name: string): void {
  project.declare(
    `sandbox("private", {
      services: { cache: redis({ image: "${name}" }) },
      jobs: { ping: { image: "${name}", script: ["redis-cli -h cache ping"] } },
    })`,
  );
}

function removeImage(): Promise<boolean> {
  return deleteOnDocker(engine, `/images/${image}`);
}

/** Username and password, as logins have them. */
function base64(password: string): string {
  return Buffer.from(`${registry.login.username}:${password}`).toString("base64");
}

function authConfig(password = registry.login.password): string {
  return JSON.stringify({ auths: { [registry.address]: { auth: base64(password) } } });
}

/** What docker login writes. */
function dockerLogin(config = authConfig()): void {
  writeFileSync(path.join(logins, "config.json"), config);
}

/** The logins of this machine's user are not for tests. */
function nestbox(words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  return project.nestbox(words, { DOCKER_CONFIG: logins, XDG_RUNTIME_DIR: helpers.path, ...variables });
}

function run(variables: Readonly<Record<string, string>> = {}): Promise<CommandEnd> {
  return nestbox(["run", "--fresh", "private", "ping"], variables);
}

function requirePong({ exitCode, stdout, stderr }: CommandEnd): void {
  expect({ exitCode, output: stdout + stderr }).toEqual({
    exitCode: 0,
    output: expect.stringMatching(/^PONG\r?$/m),
  });
  expect(stderr).toMatch(pulled());
  requireNoPassword(stdout + stderr);
}

/** The line of a pull, with its time. */
function pulled(): RegExp {
  return new RegExp(`^✓ Image ${image} +\\S+ +pulled$`, "m");
}

function requireNoPassword(text: string): void {
  const { password } = registry.login;
  expect(text).not.toContain(password);
  expect(text).not.toContain(base64(password));
}

describe("nestbox run pulls with the login", () => {
  test("of docker login", async () => {
    dockerLogin();
    requirePong(await run());
  });

  test("of a credential helper", async () => {
    const { username, password } = registry.login;
    helpers.recording("test", JSON.stringify({ Username: username, Secret: password }));
    dockerLogin(JSON.stringify({ credHelpers: { [registry.address]: "test" } }));
    requirePong(await run({ PATH: helpers.search }));
    expect(helpers.asked()).toContain(`get ${registry.address}`);
  });

  test("of podman login", async () => {
    const file = path.join(helpers.path, "auth.json");
    writeFileSync(file, authConfig());
    requirePong(await run({ REGISTRY_AUTH_FILE: file }));
  });

  test("of DOCKER_AUTH_CONFIG", async () => {
    requirePong(await run({ DOCKER_AUTH_CONFIG: authConfig() }));
  });

  test("of GitLab's variables", async () => {
    const { username, password } = registry.login;
    requirePong(
      await run({
        CI_REGISTRY: registry.address,
        CI_REGISTRY_USER: username,
        CI_REGISTRY_PASSWORD: password,
      }),
    );
  });
});

describe("the error", () => {
  const failed = async (variables?: Readonly<Record<string, string>>): Promise<string> => {
    const { exitCode, stdout, stderr } = await run(variables);
    expect({ exitCode, stdout }).toMatchObject({ exitCode: 2 });
    return stdout + stderr;
  };

  test("without a login names the registry and the remedy", async () => {
    expect(await failed()).toContain(
      `Image ${image}: ${registry.address} requires a login, and this machine has none for it; ` +
        `run docker login ${registry.address} (`,
    );
  });

  test("of a wrong password names its source, and not the password", async () => {
    dockerLogin(authConfig("wrong-password"));
    const output = await failed();
    expect(output).toContain(
      `Image ${image}: ${registry.address} refuses the login of ${logins}/config.json; correct it there, ` +
        `or run docker login ${registry.address} (`,
    );
    expect(output).not.toContain("wrong-password");
    expect(output).not.toContain(base64("wrong-password"));
  });

  test("of a missing image names no login", async () => {
    dockerLogin();
    declare(`${registry.address}/team/cache:2`);
    try {
      const output = await failed();
      expect(output).toContain(`${registry.address} has no such image; check its name and tag (`);
      expect(output).not.toContain("docker login");
    } finally {
      declare(image);
    }
  });

  test("of a helper that is missing is shown with the refusal", async () => {
    dockerLogin(JSON.stringify({ credsStore: "of-nobody" }));
    const output = await failed();
    expect(output).toContain(`${registry.address} requires a login`);
    expect(output).toContain(`${logins}/config.json: docker-credential-of-nobody is not installed`);
  });
});

test("nestbox up pulls with the login, and keeps it out of the state and of labels", async () => {
  dockerLogin();
  const { exitCode, stdout, stderr } = await nestbox(["up"]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: expect.stringMatching(pulled()) });
  // Other tests have containers of the same content.
  const filters = encodeURIComponent(JSON.stringify({ label: [`${LABEL.owner}=${project.owner}`] }));
  const containers = await askDocker<{ readonly Id: string }[]>(
    engine,
    `/containers/json?filters=${filters}`,
  );
  const inspected = await Promise.all(
    containers.map(({ Id }) => askDocker<object>(engine, `/containers/${Id}/json`)),
  );
  expect(inspected).toHaveLength(1);
  for (const text of [stdout, stderr, project.stateText(), JSON.stringify(inspected)])
    requireNoPassword(text);
  expect(await nestbox(["down"])).toMatchObject({ exitCode: 0 });
});

test("nestbox prove pulls with the login", async () => {
  dockerLogin();
  const { exitCode, stdout, stderr } = await nestbox(["prove", "private", "--target", "docker"]);
  expect({ exitCode, output: stdout + stderr }).toMatchObject({ exitCode: 0 });
  expect(stderr).toMatch(pulled());
  requireNoPassword(stdout + stderr);
});

test("start pulls with the login", async () => {
  dockerLogin();
  project.write(
    "start.mts",
    `import { redis } from "nestbox/catalog";
import { sandbox, start } from "nestbox";
const declared = sandbox("private", { services: { cache: redis({ image: "${image}" }) } });
const started = await start(declared);
console.log((await started.exec("cache", ["redis-cli", "ping"])).stdout);
await started.remove();
`,
  );
  const env = { ...process.env, DOCKER_CONFIG: logins };
  const end = await runCommand(process.execPath, ["start.mts"], { cwd: project.folder, env });
  expect(end).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("PONG") });
});
