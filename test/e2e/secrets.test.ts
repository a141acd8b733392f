import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { connect } from "../../bench/connect.ts";
import { runIn, serviceContainer } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

/** The values of the secrets, unique words. */
const PASSWORD = "xylophone-4711";
const TOKEN = "marzipan 'and' \"$quotes\"";

let project: UserProject;
/** The output of all commands. */
let written = "";

async function nestbox(
  words: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<CommandEnd> {
  const end = await project.nestbox(words, environment);
  written += end.stdout + end.stderr;
  return end;
}

function newProject(stack: string): UserProject {
  const made = userProject(stack);
  made.configure({ sandboxes: ["safe"] });
  made.declare(`sandbox("safe", {
    services: {
      cache: redis({ password: secret("password") }),
      server: {
        image: "alpine:3.19",
        command: ["sh", "-c", "trap exit TERM; sleep 1000 & wait"],
        env: { TOKEN: secret("api-token"), HEADER: text\`Bearer \${secret("api-token")}!\` },
        files: { "/run/secrets/token": { content: secret("api-token") } },
      },
    },
    jobs: {
      ask: {
        image: "redis:7-alpine",
        env: ({ cache }) => ({ ...cache.variables, TOKEN: secret("api-token") }),
        script: [
          'REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli -h "$REDIS_HOST" ping',
          "redis-cli -h $REDIS_HOST ping",
          'printf %s "$TOKEN" | wc -c',
        ],
      },
    },
  })`);
  return made;
}

beforeAll(() => {
  project = newProject("e2e-secrets");
});

afterAll(() => project.remove());

test("a secret without a value is reported with the remedy before anything is created", async () => {
  const other = newProject("e2e-secrets-missing");
  const { exitCode, stderr } = await other.nestbox(["up"], { NESTBOX_SECRET_PASSWORD: PASSWORD });
  expect(exitCode).toBe(2);
  expect(stderr).toContain(
    'error no value for the secret "api-token"; set NESTBOX_SECRET_API_TOKEN, ' +
      "or run: pulumi config set --secret --path 'nestbox:secrets[\"api-token\"]'",
  );
  expect(stderr).not.toMatch(/xylophone/);
  expect(() => other.stateText()).toThrow("ENOENT");
  await other.remove();
});

describe("values from the environment and from the stack's encrypted configuration", () => {
  beforeAll(async () => {
    const both = { NESTBOX_SECRET_PASSWORD: PASSWORD, NESTBOX_SECRET_API_TOKEN: "a first value" };
    expect(await nestbox(["up"], both)).toMatchObject({ exitCode: 0 });
    const set = ["pulumi", "config", "set", "--secret", "--path", 'nestbox:secrets["api-token"]', TOKEN];
    expect(await nestbox(set)).toMatchObject({ exitCode: 0 });
    const up = await nestbox(["up"], { NESTBOX_SECRET_PASSWORD: PASSWORD });
    expect(up).toMatchObject({ exitCode: 0 });
    expect(up.stderr).toMatch(/1 replaced/);
  });

  test("reach the services", async () => {
    const { Id, Config } = await serviceContainer(project.owner, "server");
    expect(Config.Env).toEqual(expect.arrayContaining([`TOKEN=${TOKEN}`, `HEADER=Bearer ${TOKEN}!`]));
    expect(await runIn(Id, ["cat", "/run/secrets/token"])).toBe(TOKEN);
  });

  test("reach the jobs", async () => {
    const { exitCode, stdout } = await nestbox(["run", "safe"], { NESTBOX_SECRET_PASSWORD: PASSWORD });
    expect(exitCode).toBe(0);
    const answers = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("$ "));
    expect(answers).toEqual([
      "PONG",
      expect.stringContaining("NOAUTH"),
      expect.stringMatching(`^ *${TOKEN.length}$`),
    ]);
  });

  test("are in plain text neither in the state nor in the stack's file", async () => {
    const { stdout } = await project.nestbox(["pulumi", "stack", "export"]);
    const config = await project.nestbox(["pulumi", "config"]);
    for (const text of [project.stateText(), stdout, config.stdout]) {
      expect(text).not.toMatch(/xylophone|marzipan|a first value/);
    }
    expect(project.stateText()).toContain('"ciphertext"');
  });

  test("are in no label, name, command or process list", async () => {
    const docker = await connect();
    for (const service of ["cache", "server"]) {
      const { Id, Name, Path, Args, Config } = await serviceContainer(project.owner, service);
      const { Labels, Cmd, Entrypoint, Healthcheck } = Config;
      const processes = await docker.getContainer(Id).top();
      const seen = JSON.stringify([Name, Path, Args, Labels, Cmd, Entrypoint, Healthcheck, processes]);
      expect(seen).not.toMatch(/xylophone|marzipan/);
    }
  });

  test("are not in the output of the commands", () => {
    expect(written).not.toMatch(/xylophone|marzipan|a first value/);
    expect(written).toMatch(/stack e2e-secrets/);
  });
});
