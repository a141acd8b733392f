import { describe, expect, test } from "@jest/globals";
import type { Runner } from "../../../src/model/runner/runner.ts";
import { daemonConfig, needsMirror } from "../../../src/pulumi/runner/mirror-container.ts";

const DIND: Runner = { name: "dind", tags: ["dind"], privilegedServices: ["docker:dind"] };
const PLAIN: Runner = { name: "plain", tags: ["docker"] };
const ELSEWHERE: Runner = { ...DIND, registryMirror: "http://mirror.example.com:5000" };

describe("a mirror is needed", () => {
  test("for runners with privileged services, unless it is disabled or a runner has another", () => {
    expect(needsMirror([PLAIN, DIND], undefined)).toBe(true);
    expect(needsMirror([PLAIN], undefined)).toBe(false);
    expect(needsMirror([PLAIN], {})).toBe(true);
    expect(needsMirror([DIND], false)).toBe(false);
    expect(needsMirror([DIND, ELSEWHERE], undefined)).toBe(false);
  });

  test("only once: a second one is an error", () => {
    expect(() => needsMirror([ELSEWHERE], {})).toThrow(
      /dind\.registryMirror and .* are both set.*; remove one/,
    );
  });
});

test("the daemon.json of Docker daemons is JSON", () => {
  expect(JSON.parse(daemonConfig("http://172.17.0.1:5005"))).toEqual({
    "registry-mirrors": ["http://172.17.0.1:5005"],
  });
});
