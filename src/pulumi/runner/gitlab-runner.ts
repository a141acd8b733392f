import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readCaCertificates } from "../../gitlab/runner/ca-certificates.ts";
import { tokenVariable } from "../../gitlab/runner/config-file.ts";
import { mtuWarnings, networkCapacity, withMeasuredMtu } from "../../gitlab/runner/host-limits.ts";
import { inspectRunnerHost } from "../../gitlab/runner/runner-host.ts";
import { requireRunners, requireSomeRunner, runnerWarnings } from "../../model/runner/check-runners.ts";
import { providerEngine } from "../docker/provider-engine.ts";
import { explainOn } from "../program-error.ts";
import { registerRunners } from "./gitlab-registration.ts";
import type { GitLabRunnerArgs } from "./gitlab-runner-args.ts";
import { createMirror, needsMirror } from "./mirror-container.ts";
import { createParts, createRunnerContainer } from "./runner-container.ts";

/**
 * Runners in GitLab, and the gitlab-runner container that serves them. Deleting or replacing the container
 * drains it: it takes no more jobs and exits after the running ones.
 *
 * The container has the engine's socket, so a process in it is root on the host. Jobs are isolated from it:
 * their containers are unprivileged, have their own networks, and get neither socket nor tokens.
 *
 * @throws ConfigurationError before the first child resource, for invalid runners
 */
export class GitLabRunner<Name extends string = string> extends pulumi.ComponentResource {
  /** The IDs of the runners in GitLab, by name. */
  readonly ids: pulumi.Output<Readonly<Record<Name, string>>>;
  /** The name of the container. */
  readonly container: pulumi.Output<string>;
  /**
   * The address of the registry mirror, `http://172.17.0.1:5005`, also for daemon.json of the host's engine.
   * Undefined without a mirror.
   */
  readonly registryMirror: pulumi.Output<string> | undefined;
  /** The time from which an `up` replaces the tokens, in ISO 8601. Undefined without a lifetime. */
  readonly tokensReplacedAfter: string | undefined;
  /** The expiry of each runner's token, in ISO 8601, if the provider reports it. */
  readonly tokensEnd: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: GitLabRunnerArgs<Name>, options?: pulumi.ComponentResourceOptions) {
    super("nestbox:index:GitLabRunner", name, {}, options);
    const { runners, metricsPort, mirror, certificates } = args;
    requireSomeRunner(runners);
    requireRunners(runners);
    const caCertificates =
      certificates === undefined
        ? undefined
        : readCaCertificates(path.resolve(pulumi.getRootDirectory(), certificates));
    const hasMirror = needsMirror(runners, mirror);
    for (const { path, message } of runnerWarnings(runners)) pulumi.log.warn(`${path}: ${message}`, this);
    const child = { parent: this };

    const engine = providerEngine(this);
    const host = engine.apply((found) => inspectRunnerHost(found).catch(explainOn(found)));
    host.apply((measured) => {
      for (const warning of mtuWarnings(runners, measured)) pulumi.log.warn(warning, this);
      const { fits, message } = networkCapacity(runners, measured);
      return fits ? pulumi.log.info(message, this) : pulumi.log.warn(message, this);
    });
    this.registryMirror = hasMirror ? createMirror(name, mirror || {}, host, engine, child) : undefined;
    const configured = host.apply((measured) => withMeasuredMtu(runners, measured));
    const parts = createParts(name, args, caCertificates, configured, this.registryMirror, engine, child);

    // Created after all other parts: if one of them fails, GitLab has no runner without a container.
    const registered = registerRunners(name, runners, args, parts.before, this);
    const tokens = registered.runners.map(
      ([runner, { token }]) => pulumi.interpolate`${tokenVariable(runner)}=${token}`,
    );
    const container = createRunnerContainer(name, args, tokens, parts, child);

    const ids = Object.fromEntries(registered.runners.map(([runner, { id }]) => [runner, id]));
    this.ids = pulumi.output(ids) as GitLabRunner<Name>["ids"];
    this.container = pulumi.all([container.name, parts.written]).apply(([containerName]) => containerName);
    this.tokensReplacedAfter = registered.tokensReplacedAfter;
    this.tokensEnd = registered.tokensEnd;
    const { registryMirror, tokensReplacedAfter, tokensEnd } = this;
    this.registerOutputs({
      ...{ ids: this.ids, container: this.container, metricsPort, registryMirror },
      ...{ tokensReplacedAfter, tokensEnd },
    });
  }
}
