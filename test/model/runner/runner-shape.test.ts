import { expect, test } from "@jest/globals";
import { DeclarationError } from "../../../src/model/problem.ts";
import { requireRunners } from "../../../src/model/runner/check-runners.ts";
import type { Runner } from "../../../src/model/runner/runner.ts";

/** The problems of runners in plain JavaScript. */
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

test("a runner with all properties has no problems, and undefined properties count as absent", () => {
  expect(problemsOf(WHOLE, { name: "small", tags: ["docker"], mtu: undefined })).toEqual([]);
});

test.each(["network_mode", "networkMode", "network"])("%s is refused with a reason", (name) => {
  expect(problemsOf({ ...WHOLE, [name]: "bridge" })).toEqual([
    `runners: big.${name}: is not a property of a runner: any network_mode silently turns ` +
      "FF_NETWORK_PER_BUILD off, so that jobs share a network; remove it",
  ]);
});

test("an unknown property of a runner is refused with the most similar known one", () => {
  expect(problemsOf({ ...WHOLE, privileged_services: [] })).toEqual([
    "runners: big.privileged_services: is not a property of a runner; did you mean " +
      '"privilegedServices"?',
  ]);
  expect(problemsOf({ ...WHOLE, privileged: true })).toEqual([
    expect.stringMatching(/^runners: big\.privileged: is not a property of a runner; use name, tags, /),
  ]);
});

test("wrong types are reported at once, by index for runners without a name", () => {
  expect(problemsOf({ name: "big", tags: "docker", limit: "4" }, { tags: [] }, "small")).toEqual([
    expect.stringMatching(/^runners: big\.tags: is the string "docker"; use a list of strings/),
    expect.stringMatching(/^runners: big\.limit: is the string "4"; use a number/),
    "runners[1].name: is missing; a runner requires it",
    expect.stringMatching(/^runners\[2\]: is the string "small"; use an object/),
  ]);
});
