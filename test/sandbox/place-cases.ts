import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { PassThrough, Readable, Writable } from "node:stream";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { redis } from "../../src/catalog/index.ts";
import type { JobDefinition } from "../../src/model/declaration/job.ts";
import { type SandboxDefinition, sandbox } from "../../src/model/declaration/sandbox.ts";
import type { WrittenService } from "../../src/model/declaration/service.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import { plan as planOf } from "../../src/model/plan/plan-sandbox.ts";
import { exec } from "../../src/model/probe.ts";
import { ConfigurationError } from "../../src/model/problem.ts";
import { secret, text } from "../../src/model/text.ts";
import { isoSeconds, type Ownership } from "../../src/ownership/ownership.ts";
import type { Changes, KeepRequest, Place } from "../../src/sandbox/place.ts";
import type { LogLine, LogSelection, RunningSandbox, Terminal } from "../../src/sandbox/running-sandbox.ts";
import { ServicesFailed } from "../../src/sandbox/services-failed.ts";
import { createProgress } from "../../src/terminal/progress.ts";
import { eventually } from "../eventually.ts";

const IMAGE = "alpine:3.19";

const NOTHING: Changes = { created: [], replaced: [], removed: [], left: [] };

/** The script of a service that runs until it is ended. */
const RUN = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done";

/** A service that is ready once its script has come to its end, and runs on. */
function serving(script = "", properties: Partial<WrittenService> = {}): WrittenService {
  const command = ["sh", "-c", `${script === "" ? "" : `${script}; `}touch /tmp/ready; ${RUN}`];
  return { image: IMAGE, command, probe: exec(["test", "-e", "/tmp/ready"]), ...properties };
}

interface Declared {
  readonly services: Readonly<Record<string, WrittenService>>;
  readonly jobs?: Readonly<Record<string, JobDefinition>>;
  readonly volumes?: readonly string[];
}

function planned(declared: Declared): Plan {
  return planOf(sandbox("shop", declared as SandboxDefinition<unknown> & typeof declared));
}

/** A stream that keeps what it gets. */
function collected(): { readonly stream: Writable; text(): string } {
  let all = "";
  const stream = new Writable({
    write(data, _, done) {
      all += data;
      done();
    },
  });
  return { stream, text: () => all };
}

/**
 * What every place does alike.
 * @param open connects to the place. @param project its name, which no other file uses
 */
export function placeCases(project: string, open: () => Promise<Place>): void {
  let place: Place;
  const owners: string[] = [];
  const forever = new AbortController().signal;
  const progress = createProgress(new Writable({ write: (_, __, done) => done() }), {});

  beforeAll(async () => {
    place = await open();
  });

  afterEach(async () => {
    const started = (await place.list()).filter((one) => one.project === project).map(({ owner }) => owner);
    for (const owner of new Set([...owners.splice(0), ...started]))
      await place.remove(await place.readOwned(owner));
  });

  function start(declared: Declared, signal = forever): Promise<RunningSandbox> {
    return place.start({ plan: planned(declared), secrets: {}, signal, progress });
  }

  /** An owner of a sandbox that stays. */
  function newOwner(): Ownership {
    const stack = `kept-${randomBytes(4).toString("hex")}`;
    const owner = `${project}/${stack}`;
    owners.push(owner);
    return { owner, project, stack, created: isoSeconds(new Date()), timeToLive: "never" };
  }

  async function keep(
    ownership: Ownership,
    declared: Declared,
    others: Partial<KeepRequest> = {},
  ): Promise<Changes> {
    const said: Changes[] = [];
    const changes = await place.keep({
      ...{ plan: planned(declared), secrets: {}, signal: forever, progress, ownership },
      onChanges: (found) => said.push(found),
      ...others,
    });
    if (others.onChanges === undefined) expect(said).toEqual([changes]);
    return changes;
  }

  function find({ owner }: Ownership, declared: Declared): Promise<RunningSandbox> {
    const use = { labels: {}, afterJob: async () => {}, lost: forever, confirm: async () => {} };
    return place.find({ plan: planned(declared), owner, networks: ["default"], secrets: {}, use });
  }

  async function states({ owner }: Ownership): Promise<Readonly<Record<string, string>>> {
    const [listed] = await place.list(owner);
    return Object.fromEntries(listed?.services.map(({ service, state }) => [service, state]) ?? []);
  }

  /** Runs a command, and returns what it has printed. */
  async function ask(running: RunningSandbox, part: string, ...command: readonly string[]): Promise<string> {
    const [out, err] = [collected(), collected()];
    const streams = { stdout: out.stream, stderr: err.stream, signal: forever };
    const exitCode = await running.exec(part, command, streams);
    expect([exitCode, err.text()]).toEqual([0, ""]);
    return out.text();
  }

  /** Ends the program of a service, and with it perhaps the command that does. */
  async function end(running: RunningSandbox, service: string): Promise<void> {
    const { stream } = collected();
    const streams = { stdout: stream, stderr: stream, signal: forever };
    await running.exec(service, ["sh", "-c", "kill -TERM 1"], streams);
  }

  /** Differs for each start of a service. */
  async function startOf(running: RunningSandbox, service: string): Promise<number | undefined> {
    return (await running.times()).get(service)?.started;
  }

  async function lines(
    running: RunningSandbox,
    service: string,
    selection: Partial<LogSelection> = {},
  ): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const line of running.logs(service, { signal: forever, ...selection })) found.push(line.text);
    return found;
  }

  /** The names of what is left of the project on the place, without what it is still removing. */
  async function left(): Promise<readonly string[]> {
    return (await place.list()).filter((one) => one.project === project).map(({ stack }) => stack);
  }

  describe("a sandbox for this process", () => {
    test("has services with addresses, times and output, runs jobs, and leaves nothing", async () => {
      const declared = {
        services: { cache: redis({ publish: true }), web: serving("echo hello") },
        jobs: {
          good: { image: IMAGE, script: ['echo "got $GIVEN"', "echo trouble >&2"] },
          bad: { image: IMAGE, script: ["exit 3"] },
        },
      };
      const shop = await start(declared);
      const [listed] = (await place.list()).filter((one) => one.project === project);
      expect(listed).toMatchObject({ project, sandbox: "shop", component: "shop" });
      expect(await place.missing(shop.plan, { owner: listed?.owner ?? "", component: "shop" })).toEqual([]);
      const address = (await shop.reach())("cache", 6379);
      expect(await firstAnswer(address?.port ?? 0, address?.host ?? "", "PING\r\n")).toBe("+PONG\r\n");
      expect((await shop.reach())("web", 80)).toBeUndefined();
      const { started = 0, ready = Number.NaN, ended } = (await shop.times()).get("web") ?? {};
      expect(ready).toBeGreaterThanOrEqual(started);
      expect(ended).toBeUndefined();
      expect(await lines(shop, "web")).toEqual(["hello"]);
      const job = (key: string) => shop.plan.jobs.find((one) => one.key === key) as Plan["jobs"][number];
      const output = collected();
      const run = {
        ...{ stdout: output.stream, stderr: output.stream, signal: forever },
        warn: (message: string) => {
          throw new Error(message);
        },
      };
      expect(await shop.run(job("good"), { ...run, variables: { GIVEN: "this" } })).toEqual({
        ...{ kind: "exited", exitCode: 0 },
      });
      expect(output.text()).toMatch(/^got this$/m);
      expect(output.text()).toMatch(/^trouble$/m);
      expect(await shop.run(job("bad"), run)).toEqual({ kind: "exited", exitCode: 3 });
      expect(await shop.stopped()).toEqual({});
      await end(shop, "web");
      await eventually(async () => expect(Object.keys(await shop.stopped())).toEqual(["web"]), {
        within: "30s",
      });
      expect((await shop.stopped()).web).toMatch(/its last output:\s+hello/);
      await shop.remove();
      expect(await left()).toEqual([]);
    });

    test("that fails to start names the service with its last output, and leaves nothing", async () => {
      const declared = { services: { web: serving("echo no luck; exit 3") } };
      const failed = start(declared).catch((error: unknown) => error);
      expect(await failed).toBeInstanceOf(ServicesFailed);
      expect(String(await failed)).toMatch(/shop\.services\.web: .*exit code 3[\s\S]*no luck/);
      expect(await left()).toEqual([]);
    });

    test("whose start is interrupted leaves nothing", async () => {
      const interrupted = new AbortController();
      const reason = new Error("interrupted");
      const started = start({ services: { web: serving("sleep 1000") } }, interrupted.signal);
      const failed = expect(started).rejects.toBe(reason);
      await eventually(async () => expect(await left()).toHaveLength(1), { within: "60s" });
      interrupted.abort(reason);
      await failed;
      expect(await left()).toEqual([]);
    });
  });

  describe("a sandbox that stays", () => {
    test("is created once, found by its owner alone, and removed as a whole", async () => {
      const owner = newOwner();
      const declared = { services: { web: serving(), mail: serving() } };
      const web = planned({ services: { web: serving() } });
      expect(await place.missing(web, { owner: owner.owner, component: "shop" })).toContain("service web");
      await expect(find(owner, declared)).rejects.toThrow(ConfigurationError);
      await expect(find(owner, declared)).rejects.toThrow(
        /^sandbox "shop": is not up \(.*missing\); run nestbox up first$/,
      );
      const created = (await keep(owner, declared)).created;
      expect(created).toEqual(expect.arrayContaining(["service mail", "service web"]));
      const shop = await find(owner, declared);
      const before = await startOf(shop, "web");
      expect(await keep(owner, declared)).toEqual(NOTHING);
      expect(await startOf(shop, "web")).toBe(before);
      expect(await states(owner)).toEqual({ mail: "ready", web: "ready" });
      await expect(find(newOwner(), declared)).rejects.toThrow(/is not up/);
      await shop.remove();
      expect(await left()).toEqual([]);
    });

    test("with a changed service has that one replaced, and the others untouched", async () => {
      const owner = newOwner();
      const services = { web: serving(), cache: serving(), back: serving("", { after: { web: "ready" } }) };
      await keep(owner, { services });
      const shop = await find(owner, { services });
      const [cache, back] = [await startOf(shop, "cache"), await startOf(shop, "back")];
      const changed = { ...services, web: serving("", { env: { COLOUR: "red" } }) };
      expect(await keep(owner, { services: changed })).toEqual({ ...NOTHING, replaced: ["service web"] });
      const now = await find(owner, { services: changed });
      expect(await ask(now, "web", "sh", "-c", "echo $COLOUR")).toBe("red\n");
      expect([await startOf(now, "cache"), await startOf(now, "back")]).toEqual([cache, back]);
    });

    test("without a service any more loses it alone", async () => {
      const owner = newOwner();
      const services = { web: serving(), mail: serving() };
      await keep(owner, { services });
      const { removed, ...others } = await keep(owner, { services: { web: services.web } });
      expect(others).toMatchObject({ created: [], replaced: [], left: [] });
      expect(removed).toContain("service mail");
      expect(await states(owner)).toEqual({ web: "ready" });
    });

    test("keeps a volume that is no longer declared, until volumes are removed too", async () => {
      const owner = newOwner();
      const mounted = { services: { web: serving("", { volumes: { "/data": "data" } }) }, volumes: ["data"] };
      const without = { services: { web: serving() } };
      await keep(owner, mounted);
      await ask(await find(owner, mounted), "web", "sh", "-c", "echo kept >/data/file");
      expect(await keep(owner, without)).toMatchObject({ removed: [], left: ["volume data"] });
      expect((await keep(owner, without)).left).toEqual(["volume data"]);
      await keep(owner, mounted);
      expect(await ask(await find(owner, mounted), "web", "cat", "/data/file")).toBe("kept\n");
      const removed = { removesVolumes: true };
      expect(await keep(owner, without, removed)).toMatchObject({ removed: ["volume data"], left: [] });
      expect(await keep(owner, without, removed)).toEqual(NOTHING);
    });

    test("with another value of a secret has the services replaced that use it", async () => {
      const owner = newOwner();
      const password = secret("password");
      const services = {
        variable: serving("", { env: { LOGIN: text`me:${password}` } }),
        file: serving("", { files: { "/etc/login": { content: text`${password}!` } } }),
        none: serving(),
      };
      const withValue = (value: string) => keep(owner, { services }, { secrets: { password: value } });
      await withValue("hunter1");
      expect(await withValue("hunter1")).toEqual(NOTHING);
      const { replaced, ...others } = await withValue("hunter2");
      expect([...replaced].sort()).toEqual(["service file", "service variable"]);
      expect(others).toEqual({ created: [], removed: [], left: [] });
      const shop = await find(owner, { services });
      expect(await ask(shop, "variable", "sh", "-c", "echo $LOGIN")).toBe("me:hunter2\n");
      expect(await ask(shop, "file", "cat", "/etc/login")).toBe("hunter2!");
      const labels = JSON.stringify((await place.readOwned(owner.owner)).map((one) => one.labels));
      expect(labels).not.toMatch(/hunter/);
    });

    test("has a service that failed or ended replaced, and no other", async () => {
      const owner = newOwner();
      const services = { web: serving(), mail: serving() };
      await keep(owner, { services });
      const shop = await find(owner, { services });
      const web = await startOf(shop, "web");
      await end(shop, "mail");
      await eventually(async () => expect(await states(owner)).not.toMatchObject({ mail: "ready" }), {
        within: "30s",
      });
      const broken = { ...services, mail: serving("echo broken; exit 4") };
      const failed = keep(owner, { services: broken }).catch((error: unknown) => error);
      expect(await failed).toBeInstanceOf(ServicesFailed);
      expect(String(await failed)).toMatch(/shop\.services\.mail: .*exit code 4[\s\S]*broken/);
      expect(await states(owner)).toMatchObject({ web: "ready" });
      expect(await keep(owner, { services })).toEqual({ ...NOTHING, replaced: ["service mail"] });
      expect(await startOf(await find(owner, { services }), "web")).toBe(web);
    });

    test("runs a service that runs once again only if it has changed or failed", async () => {
      const owner = newOwner();
      const once = (script: string): WrittenService => {
        return { image: IMAGE, command: ["sh", "-c", script], runsOnce: true };
      };
      const services = (script: string) => ({
        migration: once(script),
        web: serving("", { after: { migration: "completed" } }),
      });
      await expect(keep(owner, { services: services("exit 3") })).rejects.toThrow(ServicesFailed);
      const repaired = await keep(owner, { services: services("echo done") });
      expect(repaired.replaced).toContain("service migration");
      expect(await keep(owner, { services: services("echo done") })).toEqual(NOTHING);
      expect(await states(owner)).toEqual({ migration: "completed", web: "ready" });
      const changed = await keep(owner, { services: services("echo again") });
      expect(changed).toEqual({ ...NOTHING, replaced: ["service migration"] });
    });

    test("whose start is interrupted keeps what was ready, and nothing else", async () => {
      const owner = newOwner();
      const services = { web: serving(), slow: serving("sleep 1000", { after: { web: "ready" } }) };
      const interrupted = new AbortController();
      const reason = new Error("interrupted");
      const kept = keep(owner, { services }, { signal: interrupted.signal, onChanges: () => {} });
      const failed = expect(kept).rejects.toBe(reason);
      const begun = { web: "ready", slow: "starting" };
      await eventually(async () => expect(await states(owner)).toEqual(begun), { within: "60s" });
      interrupted.abort(reason);
      await failed;
      await eventually(async () => expect(await states(owner)).toEqual({ web: "ready" }), { within: "30s" });
      const shop = await keep(owner, { services: { ...services, slow: serving() } });
      expect(shop).toEqual({ ...NOTHING, created: ["service slow"] });
    });

    test("changes nothing if it is interrupted as it says what it changes", async () => {
      const owner = newOwner();
      const interrupted = new AbortController();
      const reason = new Error("interrupted");
      const onChanges = () => interrupted.abort(reason);
      const kept = keep(owner, { services: { web: serving() } }, { signal: interrupted.signal, onChanges });
      await expect(kept).rejects.toBe(reason);
      expect(await place.readOwned(owner.owner)).toEqual([]);
    });
  });

  describe("a command", () => {
    const done: WrittenService = { image: IMAGE, command: ["echo", "was here"], runsOnce: true };
    const services = { web: serving(), done };
    let shop: RunningSandbox;

    beforeEach(async () => {
      const owner = newOwner();
      await keep(owner, { services });
      shop = await find(owner, { services });
    });

    test("in a service has its streams and its exit code", async () => {
      const [out, err] = [collected(), collected()];
      const script = "read name; echo hello $name; echo bad >&2; cat; exit 7";
      const stdin = Readable.from(["you\n", "and ", "all"]);
      const streams = { stdin, stdout: out.stream, stderr: err.stream, signal: forever };
      expect(await shop.exec("web", ["sh", "-c", script], streams)).toBe(7);
      expect([out.text(), err.text()]).toEqual(["hello you\nand all", "bad\n"]);
      const binary = collected();
      const bytes = "head -c 300000 /dev/zero | tr '\\0' x";
      await shop.exec("web", ["sh", "-c", bytes], {
        ...streams,
        stdin: Readable.from([]),
        stdout: binary.stream,
      });
      expect(binary.text()).toHaveLength(300_000);
      const late = ["sh", "-c", "exec >&- 2>&-; sleep 1; exit 5"];
      expect(await shop.exec("web", late, { stdout: out.stream, stderr: err.stream, signal: forever })).toBe(
        5,
      );
    });

    test("with a terminal has its size, also once that changes", async () => {
      const out = collected();
      const stdin = new PassThrough();
      const listeners = new Set<() => void>();
      const terminal = {
        ...{ columns: 91, rows: 31 },
        onResize(listener: () => void) {
          listeners.add(listener);
          return () => void listeners.delete(listener);
        },
      } satisfies Terminal;
      const streams = { stdin, stdout: out.stream, stderr: out.stream, terminal, signal: forever };
      const ended = shop.exec("web", ["sh", "-c", "while read line; do stty size; done"], streams);
      const size = (wanted: string) =>
        eventually(
          () => {
            stdin.write("\n");
            expect(out.text()).toContain(wanted);
          },
          { within: "30s" },
        );
      await size("31 91");
      Object.assign(terminal, { columns: 101, rows: 41 });
      for (const listener of listeners) listener();
      await size("41 101");
      // The end of the input, as Ctrl-D.
      stdin.write("\u0004");
      expect(await ended).toBe(0);
      expect(listeners.size).toBe(0);
    });

    test("that the image lacks, and one in a service that has ended, are explained", async () => {
      const out = collected();
      const streams = { stdout: out.stream, stderr: out.stream, signal: forever };
      const refused = (part: string, ...command: readonly string[]) =>
        expect(shop.exec(part, command, streams)).rejects;
      await refused("web", "no-such-program").toThrow(ConfigurationError);
      await refused("web", "no-such-program").toThrow(/^shop\.services\.web: .*"no-such-program"/);
      await refused("done", "true").toThrow(ConfigurationError);
      await refused("done", "true").toThrow(/^shop\.services\.done: [\s\S]*was here/);
      await refused("nobody", "true").toThrow(ConfigurationError);
      expect(out.text()).toBe("");
      expect(await shop.exec("web", ["sh", "-c", "exit 127"], streams)).toBe(127);
    });

    test("ends its connection with the signal", async () => {
      const interrupted = new AbortController();
      const out = collected();
      const streams = { stdout: out.stream, stderr: out.stream, signal: interrupted.signal };
      const ended = shop.exec("web", ["sh", "-c", "echo began; sleep 1000"], streams);
      const reason = new Error("interrupted");
      const failed = expect(ended).rejects.toBe(reason);
      await eventually(() => expect(out.text()).toContain("began"), { within: "30s" });
      interrupted.abort(reason);
      await failed;
    });
  });

  describe("the output of a service", () => {
    test("is read in lines: all, the last, the youngest, also once it has ended", async () => {
      const owner = newOwner();
      const done = {
        ...{ image: IMAGE, runsOnce: true },
        command: ["sh", "-c", "for n in 1 2 3; do echo line $n; done; printf open"],
      };
      await keep(owner, { services: { done } });
      const shop = await find(owner, { services: { done } });
      expect(await lines(shop, "done")).toEqual(["line 1", "line 2", "line 3", "open"]);
      expect(await lines(shop, "done", { last: 2 })).toEqual(["line 3", "open"]);
      expect(await lines(shop, "done", { within: 3_600_000 })).toHaveLength(4);
      expect(await lines(shop, "done", { follow: true })).toHaveLength(4);
      await eventually(async () => expect(await lines(shop, "done", { within: 1000 })).toEqual([]), {
        within: "30s",
      });
      await expect(lines(shop, "nobody")).rejects.toThrow(ConfigurationError);
      await expect(lines(shop, "nobody")).rejects.toThrow(/^shop\.services\.nobody: /);
    });

    test("is followed until the service ends, or until the signal", async () => {
      const owner = newOwner();
      const services = { web: serving("echo first") };
      await keep(owner, { services });
      const shop = await find(owner, { services });
      const seen: LogLine[] = [];
      const follow = async (signal: AbortSignal) => {
        for await (const line of shop.logs("web", { follow: true, signal })) seen.push(line);
      };
      const interrupted = new AbortController();
      const reason = new Error("interrupted");
      const failed = expect(follow(interrupted.signal)).rejects.toBe(reason);
      await eventually(() => expect(seen.map((line) => line.text)).toEqual(["first"]), { within: "30s" });
      interrupted.abort(reason);
      await failed;
      const ended = follow(forever);
      await eventually(() => expect(seen).toHaveLength(2), { within: "30s" });
      await ask(shop, "web", "sh", "-c", "echo second >/proc/1/fd/1");
      await end(shop, "web");
      await ended;
      expect(seen.map((line) => line.text)).toEqual(["first", "first", "second"]);
    });
  });
}

/** The first answer of a server to a text. */
function firstAnswer(port: number, host: string, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(question));
    socket.once("error", reject);
    socket.once("data", (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}
