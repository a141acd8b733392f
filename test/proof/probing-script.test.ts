import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { servicesScript } from "../../src/proof/probing-script.ts";
import { answersIn, hashOf, type Question } from "../../src/proof/question.ts";

const NONCE = "0123";
const VALUE = "a=$(HOME) $$ `d` \"e\" 'f' \\g ü\nsecond line\n";
const folder = mkdtempSync(path.join(tmpdir(), "nestbox-probing-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The answer of this machine's shell. */
function ask(question: Question, environment: NodeJS.ProcessEnv = {}): string | undefined {
  const env = { PATH: process.env.PATH, ...environment };
  const output = execFileSync("sh", ["-c", servicesScript(NONCE, [question])], { env, encoding: "utf8" });
  return answersIn(output).get(0);
}

test("a variable is compared byte for byte", () => {
  expect(ask(["variable", "PLAIN"], { PLAIN: VALUE })).toBe(hashOf(NONCE, VALUE));
  expect(ask(["variable", "PLAIN"], { PLAIN: "" })).toBe(hashOf(NONCE, ""));
  expect(ask(["variable", "PLAIN"])).toBe("absent");
});

test("a file is compared byte for byte", () => {
  const file = path.join(folder, "a file");
  writeFileSync(file, Buffer.from([0, 10, 13, 255]));
  expect(ask(["file", file])).toBe(hashOf(NONCE, Buffer.from([0, 10, 13, 255])));
  expect(ask(["file", path.join(folder, "none")])).toBe("absent");
});

test("a hash says nothing elsewhere", () => {
  expect(hashOf("other", VALUE)).not.toBe(hashOf(NONCE, VALUE));
});

test("a port answers or is silent", async () => {
  const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(ask(["dial", "127.0.0.1", port, 1])).toBe("answered");
  server.close();
  await once(server, "close");
  expect(ask(["dial", "127.0.0.1", port, 1])).toBe("silent");
  expect(ask(["dial", "no-such-host.invalid", port, 2])).toBe("silent");
});

test("a probe passes, or fails with its exit code", () => {
  expect(ask(["probe", "true"])).toBe("passes");
  expect(ask(["probe", "sh", "-c", "exit 3"])).toBe("fails with exit code 3");
});

test("a container tells its user, hosts, memory and privileges", () => {
  const { uid, gid, username } = userInfo();
  expect(ask(["user"])).toBe(`${uid}:${gid}:${username}`);
  expect(ask(["host", "localhost"])).toMatch(/^(127\.0\.0\.1|::1)$/);
  expect(ask(["host", "no-such-host.invalid"])).toBe("absent");
  expect(ask(["tmpfs", "/"])).toBe("absent");
  expect(ask(["privileged"])).toMatch(/^(yes|no)$/);
});

test("a container tells the output of a script in one line", () => {
  expect(ask(["output", "pwd"])).toBe(process.cwd());
  expect(ask(["output", "cat /no/such/file"])).toBe("");
  const limit = ask(["output", "sed -n 's/^Max open files  *//p' /proc/self/limits"]);
  expect(limit).toMatch(/^(\d+|unlimited) +(\d+|unlimited) +files$/);
  expect(ask(["output", "sed -n 's/^CapBnd:[^0-9a-f]*//p' /proc/self/status"])).toMatch(/^[0-9a-f]{16}$/);
});

test("a folder is writable or not", () => {
  expect(ask(["writable", folder])).toBe("writable");
  expect(ask(["writable", "/proc"])).toBe("read-only");
});

test("answers are found behind what targets put before each line", () => {
  const output =
    "tests-1  | nestbox-answer=0 absent\nbox:tests > nestbox-answer=1 answered \n$ say nestbox-answer=%s";
  expect([...answersIn(output)]).toEqual([
    [0, "absent"],
    [1, "answered"],
  ]);
});
