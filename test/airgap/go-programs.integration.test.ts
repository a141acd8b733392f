import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  CannotCompile,
  type CompileTask,
  compileGoPrograms,
  type GoPrograms,
  programsFolder,
} from "../../airgap/go-programs.ts";
import { dependenciesFor } from "../../src/setup/airgap.ts";

const environment = { ...process.env };

let folder: string;
let cache: string;
let moduleFolder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nestbox-test-"));
  cache = join(folder, "cache");
  moduleFolder = join(folder, "tools");
  mkdirSync(join(folder, "bin"));
  writeModule("go.mod", "module example.test/tools\n\ngo 1.21\n");
});

afterEach(() => {
  process.env = { ...environment };
  rmSync(folder, { recursive: true });
});

function writeModule(file: string, text: string): void {
  mkdirSync(dirname(join(moduleFolder, file)), { recursive: true });
  writeFileSync(join(moduleFolder, file), text);
}

const compile = (programs: Partial<GoPrograms> = {}, task: Partial<CompileTask> = {}) =>
  compileGoPrograms(
    { moduleFolder, packages: ["./one", "./two"], ...programs },
    { cache, onDetail: () => undefined, dependencies: dependenciesFor(process.env), ...task },
  );

describe("with a double of Go, which compiles nothing", () => {
  /**
   * A double of Go that records its arguments and runs `body`, with $out, the folder for the programs.
   */
  function pretendGo(body: string): void {
    const out = 'for word; do case $word in -o=*) out=${word#-o=}; /bin/mkdir -p "$out" ;; esac; done';
    const script = `#!/bin/sh\necho "$@" >>"${folder}/asked"\n${out}\n${body}\n`;
    writeFileSync(join(folder, "bin/go"), script, { mode: 0o755 });
    process.env.PATH = join(folder, "bin");
  }

  const MAKES_BOTH = 'echo one >"$out/one"; echo two >"$out/two"';

  function asked(): readonly string[] {
    const file = join(folder, "asked");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  test("without Go the error names the download", async () => {
    process.env.PATH = join(folder, "bin");
    await expect(compile()).rejects.toThrow(CannotCompile);
    await expect(compile()).rejects.toThrow("Go is not installed (https://go.dev/doc/install)");
  });

  test("programs are compiled once for the same sources, tags and variables", async () => {
    pretendGo(MAKES_BOTH);
    const made = await compile();
    expect(readFileSync(join(made, "one"), "utf8")).toBe("one\n");
    expect(made).toBe(programsFolder(cache, { moduleFolder, packages: [] }));
    expect(made).toMatch(/\/cache\/tools\/[0-9a-f]{10}\/compiled$/);
    expect(await compile()).toBe(made);
    expect(asked()).toHaveLength(1);

    expect(await compile({ tags: ["small"] })).not.toBe(made);
    expect(await compile({ variables: { "main.version": "2" } })).not.toBe(made);
    expect(asked().slice(1)).toEqual([
      expect.stringContaining(" -tags=small "),
      expect.stringContaining("-ldflags=-s -w -X main.version=2 "),
    ]);
    writeModule("one/main.go", "package main\n");
    expect(await compile()).not.toBe(made);
    expect(asked()).toHaveLength(4);
  });

  test("only programs that are missing are compiled", async () => {
    pretendGo(MAKES_BOTH);
    await compile({ packages: ["./one"] });
    await compile();
    expect(asked().map((words) => words.split(" ").filter((word) => word.startsWith("./")))).toEqual([
      ["./one"],
      ["./two"],
    ]);
  });

  test("cgo is disabled, and GOGC has a default that the user can override", async () => {
    pretendGo('echo "$CGO_ENABLED $GOGC" >"$out/one"; echo >"$out/two"');
    delete process.env.GOGC;
    expect(readFileSync(join(await compile(), "one"), "utf8")).toBe("0 400\n");
    process.env.GOGC = "50";
    expect(readFileSync(join(await compile({ tags: ["again"] }), "one"), "utf8")).toBe("0 50\n");
  });

  test("concurrent builds compile once", async () => {
    pretendGo(MAKES_BOTH);
    const [made, same] = await Promise.all([compile(), compile()]);
    expect(made).toBe(same);
    expect(asked()).toHaveLength(1);
  });

  test("a failed build leaves no program", async () => {
    pretendGo('echo half >"$out/one"; echo "./one/main.go:3:1: syntax error" >&2; exit 1');
    await expect(compile()).rejects.toThrow("./one/main.go:3:1: syntax error");
    await expect(compile()).rejects.not.toThrow(CannotCompile);
    expect(leftBehind()).toEqual([]);
  });

  test("an aborted build leaves nothing, and the next one compiles", async () => {
    pretendGo('echo half >"$out/one"; echo working; exec /bin/sleep 1000');
    const abort = new AbortController();
    const aborted = compile(
      {},
      { signal: abort.signal, onDetail: (text) => /so far/.test(text) && abort.abort() },
    );
    await expect(aborted).rejects.toThrow("aborted");
    expect(leftBehind()).toEqual([]);
    pretendGo(MAKES_BOTH);
    expect(readFileSync(join(await compile(), "one"), "utf8")).toBe("one\n");
  });

  test("the next build removes the folder of a killed one, and compiles", async () => {
    pretendGo(`echo half >"$out/one"; echo $$ >"${folder}/pid"; echo working; exec /bin/sleep 1000`);
    const killed = compileElsewhere();
    await once(killed.stdout as NodeJS.ReadableStream, "data");
    killed.kill("SIGKILL");
    await once(killed, "close");
    process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGKILL");
    expect(leftBehind()).toEqual([expect.stringMatching(/^compiled\.unfinished-/)]);
    pretendGo(MAKES_BOTH);
    const made = await compile();
    expect(readFileSync(join(made, "one"), "utf8")).toBe("one\n");
    expect(leftBehind()).toEqual([]);
  });

  /** The same build in another process, which reports that Go runs. */
  function compileElsewhere(): ChildProcess {
    const file = (name: string) => JSON.stringify(join(__dirname, "../..", name));
    const programs = JSON.stringify({ moduleFolder, packages: ["./one", "./two"] });
    const script = `const { compileGoPrograms } = await import(${file("airgap/go-programs.ts")});
      const { dependenciesFor } = await import(${file("src/setup/airgap.ts")});
      const dependencies = dependenciesFor(process.env);
      const onDetail = (text) => text.includes("so far") && console.log(text);
      await compileGoPrograms(${programs}, { cache: ${JSON.stringify(cache)}, onDetail, dependencies });`;
    return spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: process.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  /** The files in and beside the folder of finished programs. */
  function leftBehind(): readonly string[] {
    const made = programsFolder(cache, { moduleFolder, packages: [] });
    const programs = existsSync(made) ? readdirSync(made) : [];
    return [...readdirSync(dirname(made)).filter((name) => name !== basename(made)), ...programs].filter(
      (name) => name !== "one" && name !== "two",
    );
  }
});

describe("with the real Go and a proxy of the test", () => {
  const DEPENDENCY = "example.test/dependency";
  let proxy: Server;

  /** A module with one dependency, which only the test's proxy serves. Go contacts no other host. */
  async function withProxy(answer: (url: string) => { readonly status: number; readonly body: string }) {
    proxy = createServer((request, response) => {
      const { status, body } = answer(request.url ?? "");
      response.writeHead(status, { "content-type": "text/plain" });
      response.end(body);
    });
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    useProxy(address);
    writeModule("go.mod", `module example.test/tools\n\ngo 1.21\n\nrequire ${DEPENDENCY} v1.0.0\n`);
    const hash = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    writeModule("go.sum", `${DEPENDENCY} v1.0.0 ${hash}\n${DEPENDENCY} v1.0.0/go.mod ${hash}\n`);
    writeModule("one/main.go", `package main\n\nimport _ "${DEPENDENCY}"\n\nfunc main() {}\n`);
    return address;
  }

  function useProxy(address: string): void {
    Object.assign(process.env, {
      GOPROXY: address,
      GOMODCACHE: join(folder, "modules"),
      GOFLAGS: "-modcacherw",
      GONOSUMDB: "*",
      GOTOOLCHAIN: "local",
    });
  }

  afterEach(async () => {
    if (proxy?.listening) await new Promise((closed) => proxy.close(closed));
  });

  const build = () => compile({ packages: ["./one"] });

  async function refusal(): Promise<string> {
    const error = await build().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CannotCompile);
    return (error as Error).message;
  }

  test.each([
    [403, "403 Forbidden"],
    [404, "404 Not Found"],
    [410, "410 Gone"],
    [502, "502 Bad Gateway"],
  ])("a proxy that answers %d: the error has module, address, reason and remedy", async (status, reason) => {
    const address = await withProxy(() => ({ status, body: "not from here" }));
    expect(await refusal()).toBe(
      `${DEPENDENCY}@v1.0.0 cannot be fetched: reading ${address}/${DEPENDENCY}/@v/v1.0.0.zip: ${reason}; ` +
        "let the proxy in GOPROXY serve it, or set GOPROXY to one that does",
    );
  });

  test("a proxy without the go.mod, which Go requests first for an older module", async () => {
    await withProxy(() => ({ status: 403, body: "" }));
    writeModule("go.mod", `module example.test/tools\n\ngo 1.16\n\nrequire ${DEPENDENCY} v1.0.0\n`);
    expect(await refusal()).toMatch(
      /^example\.test\/dependency@v1\.0\.0 cannot be fetched: .*\.mod: 403 Forbidden;/,
    );
  });

  test("an unreachable proxy", async () => {
    const address = await withProxy(() => ({ status: 200, body: "" }));
    await new Promise((closed) => proxy.close(closed));
    expect(await refusal()).toMatch(
      `${DEPENDENCY}@v1.0.0 cannot be fetched: Get "${address}/${DEPENDENCY}/@v/v1.0.0.zip": dial tcp`,
    );
  });

  test("GOPROXY=off", async () => {
    await withProxy(() => ({ status: 200, body: "" }));
    process.env.GOPROXY = "off";
    expect(await refusal()).toMatch(
      / cannot be fetched: module lookup disabled by GOPROXY=off; let the proxy/,
    );
  });

  test("a proxy that serves another module than go.sum records", async () => {
    await withProxy((url) =>
      url.endsWith(".mod") ? { status: 200, body: `module ${DEPENDENCY}\n` } : { status: 404, body: "" },
    );
    writeModule("go.mod", `module example.test/tools\n\ngo 1.16\n\nrequire ${DEPENDENCY} v1.0.0\n`);
    expect(await refusal()).toBe(
      `${DEPENDENCY}@v1.0.0/go.mod: the Go proxy serves another module than go.sum records; ` +
        "set GOPROXY to one that serves the original",
    );
  });

  test("a module that requires a newer Go", async () => {
    await withProxy(() => ({ status: 404, body: "" }));
    writeModule("go.mod", "module example.test/tools\n\ngo 1.999\n");
    expect(await refusal()).toMatch(
      /^Go is too old: it requires go >= 1\.999 \(running go .*\); install a newer one/,
    );
  });

  test("an error in the sources is no CannotCompile", async () => {
    await withProxy(() => ({ status: 404, body: "" }));
    writeModule("one/main.go", "package main\n\nfunc main() { missing() }\n");
    await expect(build()).rejects.toThrow(/undefined: missing/);
    await expect(build()).rejects.not.toThrow(CannotCompile);
  });

  test("a compiled program runs, with the version from the linker", async () => {
    useProxy("off");
    writeModule("one/main.go", "package main\n\nvar version string\n\nfunc main() { println(version) }\n");
    const made = await compile({ packages: ["./one"], variables: { "main.version": "5.2.0" } });
    const output = execFileSync("sh", ["-c", `'${join(made, "one")}' 2>&1`], { encoding: "utf8" });
    expect(output).toBe("5.2.0\n");
  });
});
