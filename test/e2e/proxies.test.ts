import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runIn, serviceContainer } from "./engine-view.ts";
import { type UserProject, userProject } from "./user-project.ts";

// The proxies of the docker command's config.json. Nobody listens at their addresses.

const PASSWORD = "xylophone-4715";
const PROXY = `http://me:${PASSWORD}@127.0.0.1:9`;

/** Asks a server as most programs do, which read the variables of proxies. Prints the answer or the error. */
const ASK = [
  ...["import sys, urllib.request", "try:", "  print(urllib.request.urlopen(sys.argv[1]).read().decode())"],
  ...["except OSError as error:", "  print(error)"],
].join("\n");

let project: UserProject;
/** The folder of config.json. */
let settings: string;

beforeAll(() => {
  settings = mkdtempSync(path.join(tmpdir(), "nestbox-proxies-"));
  project = userProject("e2e-proxies");
  project.write("ask.py", ASK);
  project.configure({ sandboxes: ["proxied"] });
  project.declare(`sandbox("proxied", {
    services: {
      web: {
        image: "alpine:3.19",
        alias: ["web", "www"],
        files: { "/www/note.txt": { content: "a note" } },
        command: ["httpd", "-f", "-p", "8080", "-h", "/www"],
        ports: [8080],
        probe: tcp(8080),
      },
    },
    jobs: {
      ask: {
        image: "python:3.10",
        files: ".",
        script: [
          "python3 ask.py http://www:8080/note.txt",
          "python3 ask.py http://outside.example.com",
        ],
      },
      own: {
        image: "alpine:3.19",
        env: { http_proxy: "http://own" },
        script: ["echo [$http_proxy $no_proxy]"],
      },
    },
  })`);
});

afterAll(async () => {
  await project?.remove();
  rmSync(settings, { recursive: true, force: true });
});

function setProxies(proxies: object): void {
  writeFileSync(path.join(settings, "config.json"), JSON.stringify({ proxies: { default: proxies } }));
}

const nestbox = (...words: readonly string[]) => project.nestbox(words, { DOCKER_CONFIG: settings });

test("a job gets them, reaches services without them, and prints no password", async () => {
  setProxies({ httpProxy: PROXY, noProxy: ".example.com" });
  const { exitCode, stdout, stderr } = await nestbox("run", "--fresh", "proxied", "ask");
  expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
  const lines = stdout.split("\n").filter((line) => line !== "" && !line.startsWith("$ "));
  expect(lines[0]).toBe("a note");
  // An exception of the settings: its name is looked up.
  expect(lines[1]).toMatch(/resolution|not known/);
  expect(stdout + stderr).not.toContain(PASSWORD);
});

test("what is not an exception goes to the proxy", async () => {
  setProxies({ httpProxy: PROXY });
  const { stdout } = await nestbox("run", "--fresh", "proxied", "ask");
  expect(stdout).toMatch(/^a note\r?\n(?:\$ .*\n)?.*refused/m);
});

test("a declared variable takes precedence", async () => {
  setProxies({ httpProxy: PROXY });
  const { stdout } = await nestbox("run", "--fresh", "proxied", "own");
  expect(stdout).toContain("[http://own localhost,127.0.0.1,::1,web,www,build]");
});

test("a stack's services get them; their addresses are encrypted in its state, and in no label", async () => {
  setProxies({ httpProxy: PROXY });
  const up = await nestbox("up");
  expect(up).toMatchObject({ exitCode: 0 });
  const { Id, Config } = await serviceContainer(project.owner, "web");
  expect(Config.Env).toContain(`HTTP_PROXY=${PROXY}`);
  expect(await runIn(Id, ["sh", "-c", "echo $no_proxy"])).toContain("web,www");
  expect(JSON.stringify(Config.Labels)).not.toContain(PASSWORD);
  expect(project.stateText()).not.toContain(PASSWORD);
  expect(up.stdout + up.stderr).not.toContain(PASSWORD);
  const again = await nestbox("up");
  expect(again.stderr).toMatch(/nothing to change/);
  setProxies({ httpProxy: PROXY.replace(":9", ":10") });
  const changed = await nestbox("up");
  expect(changed.stderr).toMatch(/1 replaced/);
  expect(changed.stdout + changed.stderr).not.toContain(PASSWORD);
});
