import { expect, test } from "@jest/globals";
import { removeOwned } from "../../../bench/remove-owned.ts";
import { engineHost } from "../../../src/docker/engine-host.ts";
import { readOwnedResources } from "../../../src/docker/owned-resources.ts";
import { startWithLease } from "../../../src/docker/place/start-with-lease.ts";
import { sandbox } from "../../../src/model/declaration/sandbox.ts";
import { LABEL } from "../../../src/model/labels.ts";
import { plan } from "../../../src/model/plan/plan-sandbox.ts";
import { DEFAULT_POOL } from "../../../src/model/subnets.ts";
import type { Span } from "../../../src/timings/timings.ts";
import { engineProxy } from "../../e2e/engine-gate.ts";

const RUNS = { image: "alpine:3.19", command: ["sleep", "1000"] };
const PLAN = plan(
  sandbox("early", {
    networks: { quick: {}, slow: {} },
    services: { one: { ...RUNS, networks: ["quick"] }, other: { ...RUNS, networks: ["slow"] } },
    jobs: { never: { image: "alpine:3.19", networks: ["quick"], script: ["true"] } },
  }),
);

/** Starts the sandbox on an engine behind a proxy. */
function start(
  { environment }: Awaited<ReturnType<typeof engineProxy>>,
  add: (span: Span) => void = () => {},
) {
  return startWithLease({
    ...{ engine: engineHost(environment), project: "start-with-lease-test", projectFolder: "." },
    ...{ subnetPool: DEFAULT_POOL, privilegedImages: [], network: {}, environment: {} },
    ...{ plan: PLAN, secrets: {}, signal: new AbortController().signal, timings: { add } },
  });
}

/** Whether a request creates the slow network. */
function createsSlow({ path, body }: { readonly path: string; readonly body: string }): boolean {
  return path === "/networks/create" && JSON.parse(body).Labels[LABEL.part] === "slow";
}

test("a service starts once its own networks exist, whatever others wait for", async () => {
  const started = Promise.withResolvers<void>();
  const proxy = await engineProxy(async (asked) => {
    if (/^\/containers\/[^/]+\/start$/.test(asked.path)) started.resolve();
    // Created only once a service is about to start.
    if (createsSlow(asked)) await started.promise;
    return {};
  });
  const spans: Span[] = [];
  try {
    const early = await start(proxy, (span) => spans.push(span));
    await early.remove();
    const endOf = (part: string) => spans.find((span) => span.part === part)?.end ?? Number.NaN;
    expect(endOf("network quick")).toBeLessThan(endOf("network slow"));
    expect(new Set(spans.map(({ part, step }) => `${part}: ${step}`))).toEqual(
      new Set([
        ...["lease: hold", "subnets: choose", "network quick: create", "network slow: create"],
        ...["service one: create", "service one: start", "service one: ready"],
        ...["service other: create", "service other: start", "service other: ready"],
      ]),
    );
  } finally {
    proxy.close();
  }
});

test("a network that is refused ends the start, and all of it is removed", async () => {
  let owner = "";
  const proxy = await engineProxy((asked) => {
    if (asked.path === "/networks/create") owner = JSON.parse(asked.body).Labels[LABEL.owner];
    return createsSlow(asked) ? { refusal: { status: 500, message: "no more bridges" } } : {};
  });
  try {
    await expect(start(proxy)).rejects.toThrow("no more bridges");
    expect(await readOwnedResources(engineHost(process.env), owner)).toEqual([]);
  } finally {
    proxy.close();
    await removeOwned(owner);
  }
});
