import { expect, test } from "@jest/globals";
import { planProbes } from "../../../src/model/plan/plan-probe.ts";
import { exec, http, imageHealthcheck, log, type Probe, tcp } from "../../../src/model/probe.ts";

const TIMING = { within: "30s", startEvery: "50ms", every: "2m", timeout: "5s", retries: 3 };

const probesOf = (probe: Probe | undefined, ports: readonly number[] = [8080, 9090]) =>
  planProbes({ image: "a", ports, ...(probe && { probe }) }, "web");

test("the default probe checks the first port; without ports there is none", () => {
  expect(probesOf(undefined)).toEqual({
    probe: { kind: "tcp", port: 8080, ...TIMING },
    remoteProbe: { kind: "dial", port: 8080, within: "30s", exact: true },
  });
  expect(probesOf(undefined, [])).toEqual({});
});

test("a probe runs often until the service is ready, and rarely afterwards", () => {
  const timing = { within: "2m", startEvery: "1s", every: "10s", timeout: "2s", retries: 5 } as const;
  expect(probesOf(tcp(80)).probe).toEqual({ kind: "tcp", port: 80, ...TIMING });
  expect(probesOf(http(80, "/up", timing)).probe).toEqual({ kind: "http", port: 80, path: "/up", ...timing });
});

test("a log probe of a service with a port has a tcp alternative", () => {
  expect(probesOf(log(/up/, { within: "5s" })).probe).toEqual({
    kind: "log",
    pattern: "up",
    ignoreCase: false,
    within: "5s",
    otherwise: { kind: "tcp", port: 8080, ...TIMING, within: "5s" },
  });
  expect(probesOf(log(/up/i), [])).toMatchObject({ probe: { ignoreCase: true } });
  expect(probesOf(log(/up/), [])).toEqual({
    probe: { kind: "log", pattern: "up", ignoreCase: false, within: "30s" },
  });
});

test.each([
  [exec("true"), { kind: "dial", port: 8080, exact: false }],
  [log(/up/), { kind: "dial", port: 8080, exact: false }],
  [imageHealthcheck(), { kind: "dial", port: 8080, exact: false }],
  [tcp(80), { kind: "dial", port: 80, exact: true }],
  [http(80, "/up"), { kind: "http", port: 80, path: "/up", exact: true }],
  [
    exec("true", { fromOutside: { send: "PING", expect: "PONG" } }),
    { kind: "dialogue", port: 8080, dialogue: { send: "PING", expect: "PONG" }, exact: true },
  ],
  [
    exec("true", { fromOutside: { run: ["ask", "{host}:{port}"] } }),
    { kind: "run", command: ["ask", "web:8080"], exact: true },
  ],
])("%j has the remote probe %j", (probe, remote) => {
  expect(probesOf(probe).remoteProbe).toEqual({ within: "30s", ...remote });
});

test("a service without a port has no remote probe", () => {
  expect(probesOf(exec("true"), [])).not.toHaveProperty("remoteProbe");
  expect(probesOf(exec("true", { fromOutside: { send: "", expect: "" } }), [])).not.toHaveProperty(
    "remoteProbe",
  );
});

test("a service with runsOnce has a time limit and no probe", () => {
  expect(planProbes({ image: "a", ports: [80], runsOnce: true }, "a")).toEqual({ completesWithin: "10m" });
  expect(planProbes({ image: "a", runsOnce: true, completesWithin: "1h" }, "a")).toEqual({
    completesWithin: "1h",
  });
});
