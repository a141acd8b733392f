import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { kubectl } from "../kubectl.ts";
import { jobFile, runEmittedJob } from "./emitted-job.ts";
import { applySandbox, type EmittedNamespace } from "./emitted-namespace.ts";

const declared = sandbox("results", {
  services: {},
  jobs: {
    fails: { image: "alpine:3.19", script: ["echo before", "exit 7", "echo after"] },
    "out-of-memory": {
      image: "alpine:3.19",
      limits: { memory: "32MiB" },
      script: ["head -c 67108864 /dev/zero | tail"],
    },
    "out-of-time": { image: "alpine:3.19", timeout: "2s", script: ["sleep 600"] },
    cleans: { image: "alpine:3.19", script: ["exit 3"], cleanup: ["echo cleaned"] },
    reads: {
      image: "alpine:3.19",
      files: "examples/greeter",
      before: ["before=set"],
      script: [
        'test "$before" = set && ./greet',
        "echo changed > greet && touch new",
        'echo "GREETED=yes" > "$CI_PROJECT_DIR/result.env"',
      ],
      variablesFile: "result.env",
    },
  },
});

let emitted: EmittedNamespace;
beforeAll(() => {
  emitted = applySandbox(declared);
});
afterAll(() => emitted.remove());

test("a failed command ends the job with its exit code", async () => {
  const result = await runEmittedJob(emitted, "fails");
  expect(result).toMatchObject({ exitCode: 7, failure: "BackoffLimitExceeded" });
  expect(result.output).toContain("before\n");
  expect(result.output).not.toContain("after\n");
});

test("cleanup runs after a failure and keeps the exit code", async () => {
  const result = await runEmittedJob(emitted, "cleans");
  expect(result.exitCode).toBe(3);
  expect(result.output).toContain("cleaned\n");
});

test("a job that exceeds its memory is killed", async () => {
  expect(await runEmittedJob(emitted, "out-of-memory")).toMatchObject({ exitCode: 137 });
});

test("a job reads a copy of the project, may change it, and hands over its variables", async () => {
  const result = await runEmittedJob(emitted, "reads", { files: "examples/greeter" });
  expect(result).toMatchObject({ exitCode: 0, message: "GREETED=yes\n" });
});

test("a job that exceeds its timeout fails", () => {
  const job = kubectl("create", "-f", jobFile(emitted, "out-of-time"), "-o", "name").trim();
  const inNamespace = ["--namespace", emitted.namespace];
  kubectl(...inNamespace, "wait", "--for=condition=Failed", "--timeout=2m", job);
  const reason = '{.status.conditions[?(@.type=="Failed")].reason}';
  expect(kubectl(...inNamespace, "get", job, "-o", `jsonpath=${reason}`)).toBe("DeadlineExceeded");
});
