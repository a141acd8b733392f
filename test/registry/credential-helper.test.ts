import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { loginOfHelper } from "../../src/registry/credential-helper.ts";
import { eventually } from "../eventually.ts";
import { type HelperFolder, helperFolder } from "./helper-folder.ts";

const SERVER = "registry.example:5000";

let helpers: HelperFolder;

beforeEach(() => {
  helpers = helperFolder();
});

afterEach(() => helpers.remove());

function ask(name = "test", call: { readonly limit?: number; readonly signal?: AbortSignal } = {}) {
  return loginOfHelper(name, SERVER, { environment: { PATH: helpers.search }, ...call });
}

test("gets the registry on stdin alone, and prints a login", async () => {
  helpers.recording("test", `{ "ServerURL": "${SERVER}", "Username": "bot", "Secret": "geheim" }`);
  expect(await ask()).toEqual({ username: "bot", password: "geheim" });
  expect(helpers.asked()).toEqual([`get ${SERVER}`]);
});

test("may print an identity token", async () => {
  helpers.recording("test", '{ "Username": "<token>", "Secret": "geheim" }');
  expect(await ask()).toEqual({ identityToken: "geheim" });
});

test.each([
  ["says so", "echo credentials not found in native keychain; exit 1"],
  ["prints an empty one", `echo '{ "Username": "", "Secret": "" }'`],
])("without a login %s", async (_, script) => {
  helpers.write("test", script);
  expect(await ask()).toBeUndefined();
});

test.each([
  ["prints rubbish", "echo geheim", "docker-credential-test printed something else than a login; update it"],
  ["prints nothing", "true", "docker-credential-test printed something else than a login; update it"],
  ["prints null", "echo null", "docker-credential-test printed something else than a login; update it"],
  [
    "prints other JSON",
    `echo '{ "Username": "bot", "Secret": 7 }'`,
    "docker-credential-test printed something else than a login; update it",
  ],
  [
    "fails",
    "echo geheim; exit 3",
    `docker-credential-test ended with exit code 3; see echo ${SERVER} | docker-credential-test get`,
  ],
  ["is killed", "kill -9 $$", "docker-credential-test was ended by SIGKILL"],
])("one that %s is an error without its output", async (_, script, message) => {
  helpers.write("test", script);
  await expect(ask()).rejects.toThrow(new Error(message));
});

test("one that is missing, or no name of a program, is an error", async () => {
  await expect(ask("missing")).rejects.toThrow(new Error("docker-credential-missing is not installed"));
  await expect(ask("../test")).rejects.toThrow("docker-credential-../test is not the name of a program");
});

test("one that hangs is ended after the limit, also one that ignores signals", async () => {
  const pidFile = join(helpers.path, "pid");
  helpers.write("test", `trap '' TERM; echo $$ >'${pidFile}'; while :; do sleep 1; done`);
  await expect(ask("test", { limit: 1000 })).rejects.toThrow(
    new Error("docker-credential-test did not answer within 1 s"),
  );
  const pid = Number(readFileSync(pidFile, "utf8"));
  await eventually(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { within: "60s" });
});

test("an interruption ends it with its reason", async () => {
  helpers.write("test", "sleep 600");
  const controller = new AbortController();
  const answer = ask("test", { signal: controller.signal });
  controller.abort(new Error("interrupted"));
  await expect(answer).rejects.toThrow("interrupted");
});
