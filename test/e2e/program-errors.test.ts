import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ownedBy } from "./engine-view.ts";
import { type CommandEnd, type UserProject, userProject } from "./user-project.ts";

let project: UserProject;

beforeAll(async () => {
  project = userProject("e2e-program-errors");
  declare();
  expect(await project.nestbox(["pulumi", "stack", "init", project.stack])).toMatchObject({ exitCode: 0 });
});

afterAll(() => project.remove());

/** Declares a secret, which has no value. */
function declare(): void {
  project.configure({ sandboxes: ["shop"] });
  project.declare('sandbox("shop", { services: { cache: redis({ password: secret("password") }) } })');
}

async function pulumiUp(): Promise<CommandEnd> {
  const end = await project.nestbox(["pulumi", "up", "--yes", "--skip-preview"]);
  expect(end.exitCode).toBeGreaterThan(0);
  expect(await ownedBy(project.owner)).toEqual([]);
  return end;
}

test("plain pulumi up reports mistakes of the user in a few lines", async () => {
  declare();
  const { stdout } = await pulumiUp();
  expect(stdout).toMatch(
    /error: no value for the secret "password"; set NESTBOX_SECRET_PASSWORD, or run: pulumi config/,
  );
  expect(stdout).not.toMatch(/unhandled|\n\s+at |node_modules/);
});

test("an unexpected error is shown with its own stack trace, without that of the runtime", async () => {
  project.write(
    "sandboxes/index.ts",
    'if (process.argv[1]?.includes("pulumi")) throw new TypeError("something unexpected");\n' +
      "export default [];\n",
  );
  project.configure({ sandboxes: [] });
  const { stdout } = await pulumiUp();
  expect(stdout).toMatch(/TypeError: something unexpected\n\s+at .*sandboxes\/index\.ts:1:/);
  expect(stdout).not.toMatch(/unhandled|Promise \{|at runtime/);
  expect(stdout.split("\n").length).toBeLessThan(60);
});

test("up starts the SDK quickly, and keeps the NODE_OPTIONS of the user", async () => {
  project.write(
    "sandboxes/index.ts",
    'if (process.argv[1]?.includes("pulumi")) throw new TypeError(process.env.NODE_OPTIONS);\n' +
      "export default [];\n",
  );
  project.configure({ sandboxes: [] });
  const { exitCode, stderr } = await project.nestbox(["up"], { NODE_OPTIONS: "--stack-trace-limit=7" });
  expect(stderr).toMatch(/TypeError: --stack-trace-limit=7 --require="\S+\/sdk-start-up\.cjs"$/m);
  expect(exitCode).toBe(1);
});
