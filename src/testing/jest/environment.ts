import type { EnvironmentContext, JestEnvironmentConfig } from "@jest/environment";
import type { Circus } from "@jest/types";
import { TestEnvironment } from "jest-environment-node";
import { declaredForScope, type HeldForTests } from "../declared-for-run.ts";
import type { Scope } from "../scope.ts";

/**
 * Jest's environment of Node with a declared sandbox for each worker, file or test. Its variables are in
 * `process.env` before the test file is loaded, with the scope `"test"` before the hooks of each test.
 *
 * @example
 * // in the configuration of Jest
 * export default {
 *   testEnvironment: "nestbox/jest/environment",
 *   testEnvironmentOptions: { sandbox: "shop", scope: "file" }, // scope: "worker" by default
 * };
 */
export default class SandboxEnvironment extends TestEnvironment {
  readonly #sandbox: string | undefined;
  readonly #scope: Scope;
  #held: HeldForTests | undefined;

  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    const { sandbox, scope = "worker" } = config.projectConfig.testEnvironmentOptions;
    this.#sandbox = sandbox as string | undefined;
    this.#scope = scope as Scope;
  }

  override async setup(): Promise<void> {
    await super.setup();
    if (this.#scope !== "test") await this.#hold();
  }

  override async teardown(): Promise<void> {
    this.#release();
    await super.teardown();
  }

  async handleTestEvent(event: Circus.Event): Promise<void> {
    if (this.#scope !== "test") return;
    if (event.name === "test_start" && event.test.mode !== "skip" && event.test.mode !== "todo")
      await this.#hold();
    if (["test_done", "test_skip", "test_todo"].includes(event.name)) this.#release();
  }

  async #hold(): Promise<void> {
    this.#held = await declaredForScope({ ...process.env }, this.#scope, this.#sandbox);
    Object.assign(this.global.process.env, this.#held.variables);
  }

  #release(): void {
    this.#held?.release();
    this.#held = undefined;
  }
}
