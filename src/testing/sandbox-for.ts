import type { Sandbox } from "../model/declaration/sandbox.ts";
import { requireSandbox } from "../model/declaration/sandbox-origin.ts";
import { ConfigurationError } from "../model/problem.ts";
import type { StartedSandbox } from "../start/started-sandbox.ts";
import type { SandboxForOptions } from "./sandbox-for-options.ts";

/** A sandbox that tests use between its `start` and its `end`. */
export interface SandboxForTests<Connections = Readonly<Record<string, unknown>>>
  extends Omit<StartedSandbox<Connections>, "remove" | typeof Symbol.asyncDispose> {
  /**
   * Starts the sandbox, or joins the one that others of its scope have started. For a hook: `beforeAll`, or
   * `beforeEach` with the scope `"test"`.
   * @throws as `start` of nestbox does
   */
  readonly start: () => Promise<void>;
  /** Ends the use. With the scopes `"file"` and `"test"`, it removes the sandbox. May be called twice. */
  readonly end: () => Promise<void>;
}

/**
 * The sandbox of tests. A process beside the runner holds it, so that workers share it and a runner that is
 * killed loses it. The scope `"run"` needs the global set-up of nestbox in the configuration of the runner.
 *
 * @example
 * const shop = sandboxFor(declared, { scope: "file" });
 * beforeAll(shop.start);
 * afterAll(shop.end);
 * test("…", () => connect(shop.services.database.url));
 */
export function sandboxFor<Connections>(
  declared: Sandbox<Connections>,
  options: SandboxForOptions = {},
): SandboxForTests<Connections> {
  requireSandbox(declared, "sandboxFor: its first argument");
  let joined: ReturnType<typeof join> | undefined;
  let current: Awaited<ReturnType<typeof join>> | undefined;
  // Loaded at the first start: declarations load fast.
  const join = async () => (await import("./join-sandbox.ts")).joinSandbox<Connections>(declared, options);
  const started = () => {
    if (current !== undefined) return current;
    throw new ConfigurationError(
      `sandbox "${declared.name}": is not started; call its start() in a hook, such as beforeAll`,
    );
  };
  return {
    async start() {
      joined ??= join();
      try {
        current = await joined;
      } catch (error) {
        joined = undefined;
        throw error;
      }
    },
    async end() {
      const ending = joined;
      joined = undefined;
      current = undefined;
      await (await ending?.catch(() => undefined))?.remove();
    },
    get services() {
      return started().services;
    },
    get variables() {
      return started().variables;
    },
    address: (service, port) => started().address(service, port),
    exec: async (service, command, execOptions) => started().exec(service, command, execOptions),
    logs: (service, logOptions) => started().logs(service, logOptions),
    run: async (job, jobOptions) => started().run(job, jobOptions),
  };
}
