import { expect, test } from "@jest/globals";
import { DeclarationError } from "../../../src/model/problem.ts";
import { requireRunners } from "../../../src/model/runner/check-runners.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";

/** What is wrong with runners as plain JavaScript may write them. */
function problemsOf(...runners: readonly unknown[]): readonly string[] {
  try {
    requireRunners(runners as readonly Runner[]);
    return [];
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

const WHOLE = {
  ...{ name: "big", tags: ["docker"], privilegedServices: ["docker:dind"], sharedFolders: ["/certs/client"] },
  ...{ mtu: 1400, registryMirror: "http://mirror.example.com:5000", limit: 2, image: "alpine:3.22" },
  ...{ jobLimits: { memory: "1GiB" }, serviceLimits: { cpus: 1.5 }, pullPolicy: ["always"] },
  ...{ helperImage: "helper:1", dependencyCache: false, runUntagged: true, protectedOnly: true },
  longestJob: "2h",
};

test("a runner that says everything has nothing wrong, and what is undefined is left out", () => {
  expect(problemsOf(WHOLE, { name: "small", tags: ["docker"], mtu: undefined })).toEqual([]);
});

test.each(["network_mode", "networkMode", "network"])("%s is refused with its reason", (name) => {
  expect(problemsOf({ ...WHOLE, [name]: "bridge" })).toEqual([
    `sandboxes/runners.ts: big.${name}: is no property of a runner: any network_mode, even "bridge", turns FF_NETWORK_PER_BUILD off without a word, and jobs would share a network; drop it`,
  ]);
});

test("other names that a runner does not have are told with the nearest one that it has", () => {
  expect(problemsOf({ ...WHOLE, privileged_services: [] })).toEqual([
    'sandboxes/runners.ts: big.privileged_services: is no property of a runner; did you mean "privilegedServices"?',
  ]);
  expect(problemsOf({ ...WHOLE, privileged: true })).toEqual([
    expect.stringMatching(
      /^sandboxes\/runners\.ts: big\.privileged: is no property of a runner; it knows name, tags, /,
    ),
  ]);
});

test("wrong types are told at once, those of runners without a name by their place", () => {
  expect(problemsOf({ name: "big", tags: "docker", limit: "4" }, { tags: [] }, "small")).toEqual([
    expect.stringMatching(/^sandboxes\/runners\.ts: big\.tags: is the text "docker"; write a list of texts/),
    expect.stringMatching(/^sandboxes\/runners\.ts: big\.limit: is the text "4"; write a number/),
    "sandboxes/runners.ts[1].name: is missing; a runner needs it",
    expect.stringMatching(/^sandboxes\/runners\.ts\[2\]: is the text "small"; write an object/),
  ]);
});
