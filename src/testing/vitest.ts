import type { Sandbox } from "../model/declaration/sandbox.ts";
import { declaredForRun } from "./declared-for-run.ts";
import { type SandboxForTests, sandboxFor } from "./sandbox-for.ts";
import type { SandboxForOptions } from "./sandbox-for-options.ts";

/** What Vitest hands to a global set-up, as far as it is used. */
interface TestProject {
  readonly config?: { readonly env?: Readonly<Record<string, unknown>> };
  provide(key: never, value: never): void;
}

/**
 * Vitest's global set-up: starts the declared sandbox of the project once for all workers. Its variables are
 * in `process.env` of each test, and `inject("nestbox")` gives them. NESTBOX_SANDBOX names one of several.
 *
 * @example
 * // in the configuration of Vitest
 * export default defineConfig({ test: { globalSetup: "nestbox/vitest" } });
 */
export default async function setUp({ config, provide }: TestProject): Promise<void> {
  const { NESTBOX_SANDBOX: sandbox } = config?.env ?? {};
  const variables = await declaredForRun(
    { ...process.env },
    typeof sandbox === "string" ? sandbox : undefined,
  );
  Object.assign(process.env, variables);
  provide("nestbox" as never, variables as never);
}

/**
 * A fixture for `test.extend`.
 *
 * @example
 * const test = base.extend({ shop: sandboxFixture(declared, { scope: "file" }) });
 * test("…", ({ shop }) => connect(shop.services.database.url));
 */
export function sandboxFixture<Connections>(
  declared: Sandbox<Connections>,
  options: SandboxForOptions = {},
): SandboxFixture<Connections> {
  const { scope = "run" } = options;
  return [
    // Vitest reads the parameter's text: it must be a pattern.
    // biome-ignore lint/correctness/noEmptyPattern: the fixture needs no other
    async ({}, use) => {
      const shop = sandboxFor(declared, options);
      await shop.start();
      await use(shop);
      await shop.end();
    },
    { scope: scope === "run" ? "worker" : scope },
  ];
}

/** A fixture as Vitest has them. */
export type SandboxFixture<Connections> = [
  // biome-ignore lint/complexity/noBannedTypes: Vitest's own type of no fixtures
  (fixtures: {}, use: (sandbox: SandboxForTests<Connections>) => Promise<void>) => Promise<void>,
  { scope: "worker" | "file" | "test" },
];
