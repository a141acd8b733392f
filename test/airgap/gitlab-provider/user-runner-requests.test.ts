import { STATUS_CODES } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { GitLabAccount } from "../../../airgap/gitlab-provider/gitlab-api.ts";
import {
  changedInputs,
  createRunner,
  deleteRunner,
  readRunner,
  replacingInputs,
  runnerProblems,
} from "../../../airgap/gitlab-provider/user-runner-requests.ts";
import { type GitLabDouble, gitlabDouble, TOKENS } from "./gitlab-double.ts";

const INPUTS = { runnerType: "project_type", projectId: 7, tagLists: ["docker"], untagged: false };
const QUICK = { firstPause: 1 };

let gitlab: GitLabDouble;
beforeEach(async () => {
  gitlab = await gitlabDouble();
});
afterEach(() => gitlab.close());

const account = (token: string = TOKENS.whole): GitLabAccount => ({ baseUrl: gitlab.baseUrl, token });
const create = (as: GitLabAccount = account()) => createRunner(as, INPUTS, QUICK);
const posts = () => gitlab.asked.filter((line) => line.startsWith("POST"));

test("a runner is created, read and deleted; deleting it twice is no error", async () => {
  const { id, token } = await create();
  expect(token).toBe(gitlab.runners.get(Number(id))?.token);
  expect(await readRunner(account(), id)).toMatchObject(INPUTS);
  await deleteRunner(account(), id);
  expect(await readRunner(account(), id)).toBeUndefined();
  await deleteRunner(account(), id);
});

test("an address without the API's path is accepted", async () => {
  const baseUrl = gitlab.baseUrl.replace("/api/v4/", "");
  expect(await createRunner({ ...account(), baseUrl }, INPUTS)).toMatchObject({ id: "41" });
});

describe("a token", () => {
  test("that is wrong is refused, and not in the error", async () => {
    const failed = create(account("glpat-wrong"));
    await expect(failed).rejects.toThrow(
      "GITLAB_TOKEN: GitLab rejects the token as wrong, expired or revoked",
    );
    await expect(failed).rejects.not.toThrow("glpat");
  });

  test("that may only create runners creates none", async () => {
    await expect(create(account(TOKENS.createOnly))).rejects.toThrow(
      "GITLAB_TOKEN: the token lacks scopes; set one with create_runner and manage_runner, or with api",
    );
    expect(gitlab.runners.size).toBe(0);
    expect(posts()).toEqual([]);
  });

  test("with the scope api is accepted", async () => {
    expect(await create(account(TOKENS.api))).toMatchObject({ id: "41" });
  });
});

describe("when GitLab", () => {
  test.each([429, 500, 502, 503, 504])("answers %d and then works, one runner is created", async (status) => {
    gitlab.failures.push(status, status);
    await create();
    expect(gitlab.runners.size).toBe(1);
    expect(gitlab.asked).toHaveLength(4);
  });

  test.each([429, { status: 503, retryAfter: "0" }])(
    "refuses a creation as too busy (%j), the creation is repeated",
    async (refusal) => {
      gitlab.failures.push(404, refusal, refusal);
      await create();
      expect(gitlab.runners.size).toBe(1);
      expect(posts()).toHaveLength(3);
    },
  );

  test.each([500, 502, 503, 504])(
    "has created a runner and the answer is %d, no second one is created",
    async (status) => {
      gitlab.failures.push(404, { done: status });
      await expect(create()).rejects.toThrow(
        `GitLab answered ${status} to POST /user/runners: ${STATUS_CODES[status]}; ` +
          "the runner may exist: delete one that has never contacted GitLab",
      );
      expect(posts()).toHaveLength(1);
      expect(gitlab.runners.size).toBe(1);
    },
  );

  test("answers with a page, the error names the address", async () => {
    gitlab.failures.push("page");
    await expect(create()).rejects.toThrow(
      /: the answer 200 to GET \/runners\/0 is not JSON; check GITLAB_BASE_URL and the proxy$/,
    );
    gitlab.failures.push(404, "page");
    await expect(create()).rejects.toThrow(/is not JSON; the runner may exist: .*; check GITLAB_BASE_URL/);
  });

  test("begins an answer and never ends it, that is a timeout", async () => {
    const impatient = { firstPause: 1, timeout: 2000 };
    gitlab.failures.push("half");
    await createRunner(account(), INPUTS, impatient);
    expect(gitlab.asked[0]).toBe("GET /runners/0 → half");
    gitlab.failures.push(404, "half");
    await expect(createRunner(account(), INPUTS, impatient)).rejects.toThrow(
      /no answer \(timeout after 2 s\); the runner may exist/,
    );
  });

  test("always answers 500, there is one error after five tries", async () => {
    gitlab.failures.push(500, 500, 500, 500, 500);
    await expect(create()).rejects.toThrow("GitLab answered 500 5 times to GET /runners/0: 500 on purpose");
    expect(gitlab.asked).toHaveLength(5);
    expect(gitlab.runners.size).toBe(0);
  });

  test("answers with Retry-After, the pause is at least that long", async () => {
    gitlab.failures.push({ status: 429, retryAfter: "3600" });
    const given = new AbortController();
    const delayed = createRunner(account(), INPUTS, { ...QUICK, signal: given.signal });
    const outcome = expect(delayed).rejects.toThrow(/cancelled$/);
    while (gitlab.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    // Another creation takes four increasing pauses meanwhile.
    gitlab.failures.push(500, 500, 500, 500);
    await create();
    expect(gitlab.asked).toEqual([
      "GET /runners/0 → 429",
      ...Array(4).fill("GET /runners/0 → 500"),
      "GET /runners/0 → 404",
      "POST /user/runners → 201",
    ]);
    given.abort();
    await outcome;
  });

  test("answers with Retry-After, the request is repeated after it", async () => {
    gitlab.failures.push({ status: 429, retryAfter: "1" });
    await create();
    expect(gitlab.asked).toEqual([
      "GET /runners/0 → 429",
      "GET /runners/0 → 404",
      "POST /user/runners → 201",
    ]);
  });

  test("loses the answer to a read, the read is repeated", async () => {
    gitlab.failures.push("drop");
    await create();
    expect(gitlab.asked[0]).toBe("GET /runners/0 → dropped");
    expect(gitlab.runners.size).toBe(1);
  });

  test("is too slow, the request is repeated, and the error names the timeout", async () => {
    const impatient = { firstPause: 1, timeout: 100 };
    gitlab.failures.push("hang");
    // A busy machine answers the repetition within this time.
    await createRunner(account(), INPUTS, { firstPause: 1, timeout: 2000 });
    expect(gitlab.asked[0]).toBe("GET /runners/0 → nothing");
    gitlab.failures.push("hang", "hang", "hang", "hang", "hang");
    await expect(createRunner(account(), INPUTS, impatient)).rejects.toThrow(
      /no answer \(timeout after 0\.1 s\); check GITLAB_BASE_URL/,
    );
  });

  test("loses the answer to a creation, it is not repeated", async () => {
    gitlab.failures.push(404, "drop");
    await expect(create()).rejects.toThrow(
      /the runner may exist: delete one that has never contacted GitLab/,
    );
    expect(posts()).toEqual(["POST /user/runners → dropped"]);
  });

  test("does not listen, the error has the cause", async () => {
    await gitlab.close();
    await expect(create()).rejects.toThrow(/no answer \(ECONNREFUSED\); check GITLAB_BASE_URL/);
    gitlab = await gitlabDouble();
  });

  test("forbids a creation, the error names the roles", async () => {
    gitlab.failures.push(404, 403);
    await expect(create()).rejects.toThrow(
      /GitLab forbids POST \/user\/runners \(403 on purpose\); .*owner of the project or group/,
    );
  });
});

describe("cancelled", () => {
  test("during a creation, the answer is awaited, so that the runner is known", async () => {
    const cancel = new AbortController();
    gitlab.beforeAnswer = (line) => {
      if (line.startsWith("POST")) cancel.abort();
    };
    const { id } = await createRunner(account(), INPUTS, { ...QUICK, signal: cancel.signal });
    expect([...gitlab.runners.keys()]).toEqual([Number(id)]);
  });

  test("before a creation, no runner is created", async () => {
    const cancel = new AbortController();
    gitlab.beforeAnswer = () => cancel.abort();
    const failed = createRunner(account(), INPUTS, { ...QUICK, signal: cancel.signal });
    await expect(failed).rejects.toThrow(/GitLab.*: cancelled$/);
    expect(posts()).toEqual([]);
  });

  test("during a pause, the request fails at once", async () => {
    const cancel = new AbortController();
    gitlab.failures.push({ status: 429, retryAfter: "60" });
    const failed = createRunner(account(), INPUTS, { signal: cancel.signal });
    gitlab.beforeAnswer = () => void setTimeout(() => cancel.abort(), 1);
    await expect(failed).rejects.toThrow(/: cancelled$/);
    expect(posts()).toEqual([]);
  });
});

describe("a runner of several projects", () => {
  const shared = async () => {
    const { id } = await create();
    const runner = gitlab.runners.get(Number(id));
    if (runner) gitlab.runners.set(Number(id), { ...runner, other_projects: [3] });
    return id;
  };

  test("belongs to the declared project", async () => {
    const id = await shared();
    expect(await readRunner(account(), id, INPUTS)).toMatchObject({ projectId: 7 });
    expect(await readRunner(account(), id, { ...INPUTS, projectId: 5 })).toMatchObject({ projectId: 3 });
  });

  test("cannot be deleted, and the error has the reason", async () => {
    const id = await shared();
    await expect(deleteRunner(account(), id)).rejects.toThrow(
      "A runner with more than one project cannot be deleted",
    );
  });
});

test("errors name the settings of the address and the token", async () => {
  const declared = {
    ...account("glpat-wrong"),
    tokenPlace: "nestbox:runner.token",
    addressPlace: "gitlabUrl",
  };
  await expect(create(declared)).rejects.toThrow(/^nestbox:runner\.token: .*; set a valid one$/);
  gitlab.failures.push("page");
  await expect(create(declared)).rejects.toThrow("check gitlabUrl and the proxy");
});

describe("inputs that GitLab would refuse", () => {
  test.each<[object, string]>([
    [{ runnerType: "projectType" }, "runnerType must be one of instance_type, group_type, project_type"],
    [{ projectId: undefined }, "projectId is required for project_type"],
    [{ groupId: 3 }, "groupId is not for project_type"],
    [{ tagLists: ["a,b"] }, 'tagLists "a,b" is not a legal tag'],
    [{ tagLists: [] }, "untagged must be true for a runner without tags"],
    [{ maximumTimeout: 599 }, "maximumTimeout must be 600 seconds or more"],
    [{ accessLevel: "refProtected" }, "accessLevel must be not_protected or ref_protected"],
    [{ maintenanceNote: "x".repeat(1025) }, "maintenanceNote must have 1024 characters at most"],
    [{ tags: ["docker"] }, "tags is no property of a UserRunner"],
  ])("%j", (change, problem) => {
    const inputs = Object.fromEntries(
      Object.entries({ ...INPUTS, ...change }).filter(([, value]) => value !== undefined),
    );
    expect(runnerProblems(inputs).map(({ property, reason }) => `${property} ${reason}`)).toEqual([
      expect.stringContaining(problem),
    ]);
  });

  test("unknown values are not checked", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    expect(
      runnerProblems({ ...INPUTS, projectId: unknown, tagLists: unknown, maximumTimeout: unknown }),
    ).toEqual([]);
  });
});

test("the order of tags is no change; type, group and project force replacement", () => {
  const before = { ...INPUTS, tagLists: ["a", "b"] };
  expect(changedInputs(before, { ...before, tagLists: ["b", "a"] })).toEqual([]);
  const changed = changedInputs(before, { ...before, runnerType: "group_type", description: "new" });
  expect(changed).toEqual(["runnerType", "description"]);
  expect(replacingInputs(changed)).toEqual(["runnerType"]);
});
