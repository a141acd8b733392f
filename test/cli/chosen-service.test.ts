import { expect, test } from "@jest/globals";
import { chosenPart, chosenService } from "../../src/cli/chosen-service.ts";
import { sandbox } from "../../src/model/declaration/sandbox.ts";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import type { Workspace } from "../../src/project/workspace.ts";

const IMAGE = { image: "alpine:3.19" };

/** A stand-in for a workspace: a project with these sandboxes, of which some are up. */
function workspace(
  declared: Readonly<Record<string, readonly string[]>>,
  up: readonly string[] = [],
): Workspace {
  const sandboxes = Object.entries(declared).map(([name, keys]) => {
    return sandbox(name, { services: Object.fromEntries(keys.map((key) => [key, IMAGE])) });
  });
  const project = {
    ...{ name: "example", hasStacks: false, declaredIn: "sandboxes/index.ts", declared: sandboxes },
    ...{ selected: sandboxes, plans: sandboxes.map((one) => plan(one)) },
  };
  const place = { list: async () => up.map((name) => ({ sandbox: name })) };
  return { project, place, owner: "example/up-1" } as unknown as Workspace;
}

/** What operands of `logs` choose. */
async function part(of: Workspace, ...operands: readonly string[]) {
  const { sandbox: chosen, service } = await chosenPart(of, operands);
  return { sandbox: chosen.name, service };
}

async function service(of: Workspace, ...operands: readonly string[]) {
  const { sandbox: chosen, service: key } = await chosenService(of, operands);
  return { sandbox: chosen.name, service: key };
}

const ONE = workspace({ shop: ["shop", "cache"] });
const TWO = { shop: ["cache", "api"], pay: ["cache", "bank"] };

test("one operand of logs is a sandbox, else a service", async () => {
  expect(await part(ONE, "shop")).toEqual({ sandbox: "shop" });
  expect(await part(ONE, "cache")).toEqual({ sandbox: "shop", service: "cache" });
  expect(await part(ONE, "shop", "cache")).toEqual({ sandbox: "shop", service: "cache" });
  expect(await part(ONE)).toEqual({ sandbox: "shop" });
});

test("one operand of exec is a service", async () => {
  expect(await service(ONE, "shop")).toEqual({ sandbox: "shop", service: "shop" });
});

test("without a sandbox, it is the only one that has the service, or that is up", async () => {
  expect(await part(workspace(TWO), "bank")).toEqual({ sandbox: "pay", service: "bank" });
  expect(await part(workspace(TWO, ["pay"]), "cache")).toEqual({ sandbox: "pay", service: "cache" });
  expect(await part(workspace(TWO, ["pay"]))).toEqual({ sandbox: "pay" });
});

test.each([
  [["nope"], [], 'no sandbox or service "nope"; there are shop (cache, api), pay (cache, bank)'],
  [["nope", "cache"], [], 'no sandbox "nope"; sandboxes/index.ts lists shop, pay'],
  [["shop", "bank"], [], 'no service "bank" in sandbox "shop"; it has cache, api'],
  [["cache"], [], 'service "cache": is in shop, pay, and none is up; run nestbox up SANDBOX first'],
  [["cache"], ["shop", "pay"], 'service "cache": is in shop, pay; name the sandbox: shop cache'],
  [[], [], "sandboxes of example: no sandbox is up; run nestbox up first"],
  [[], ["shop", "pay"], "SANDBOX: is missing; name one of shop, pay"],
])("%j with %j up is refused", async (operands, up, message) => {
  await expect(part(workspace(TWO, up), ...operands)).rejects.toThrow(message);
});

test("exec requires a service", async () => {
  await expect(service(ONE)).rejects.toThrow("SERVICE: is missing");
  await expect(service(ONE, "nope")).rejects.toThrow(
    'no service "nope" in sandbox "shop"; it has shop, cache',
  );
});
