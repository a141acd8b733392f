import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { readCaCertificates } from "../../gitlab/runner/ca-certificates.ts";
import { tokenVariable } from "../../gitlab/runner/config-file.ts";
import { mtuWarnings, networkCapacity, withMeasuredMtu } from "../../gitlab/runner/host-limits.ts";
import { inspectRunnerHost } from "../../gitlab/runner/runner-host.ts";
import { tokenTerm, tokenWarning } from "../../gitlab/runner/token-rotation.ts";
import { requireRunners, requireSomeRunner, runnerWarnings } from "../../model/runner/check-runners.ts";
import { providerEngine } from "../docker/provider-engine.ts";
import { GitLabProvider } from "../gitlab/provider.ts";
import { UserRunner } from "../gitlab/user-runner.ts";
import { explainOn } from "../program-error.ts";
import type { GitLabRunnerArgs } from "./gitlab-runner-args.ts";
import { createMirror, needsMirror } from "./mirror-container.ts";
import { registration } from "./register-runner.ts";
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
    const { runners, gitlabUrl, token, metricsPort, mirror, tokenLifetime, certificates } = args;
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

    const address = gitlabUrl.replace(/\/+$/, "");
    const instance = instanceOf(address);
    // Each GitLab instance has its own provider: the old one must delete its own runners. A shared provider
    // would delete their IDs in the new instance.
    const provider = new GitLabProvider(
      `${name}-${instance}`,
      { baseUrl: `${address}/api/v4/`, ...(token !== undefined && { token }) },
      child,
    );
    const term = tokenLifetime === undefined ? undefined : tokenTerm(tokenLifetime, new Date());
    // Created after all other parts: if one of them fails, GitLab has no runner without a container.
    const registered = runners.map((runner) => {
      const resource = new UserRunner(`${name}-${runner.name}`, registration(runner, args.scope, term), {
        ...child,
        provider,
        // A changed provider alone is an update in place.
        replacementTrigger: instance,
        dependsOn: parts.before,
        // No resource resets a token. A new runner is created first, and draining jobs keep the old token.
        replaceOnChanges: ["maintenanceNote"],
      });
      return [runner.name, resource] as const;
    });
    const tokens = registered.map(
      ([runner, { token }]) => pulumi.interpolate`${tokenVariable(runner)}=${token}`,
    );
    const container = createRunnerContainer(name, args, tokens, parts, child);

    const ids = Object.fromEntries(registered.map(([runner, { id }]) => [runner, id]));
    this.ids = pulumi.output(ids) as GitLabRunner<Name>["ids"];
    this.container = pulumi.all([container.name, parts.written]).apply(([containerName]) => containerName);
    this.tokensReplacedAfter = term?.until;
    const ends = Object.fromEntries(
      registered.map(([runner, { tokenExpiresAt }]) => [runner, tokenExpiresAt]),
    );
    this.tokensEnd = pulumi.output(ends).apply((found) => {
      const known = Object.entries(found).flatMap(([runner, end]) => (end ? [[runner, end] as const] : []));
      for (const [runner, end] of known) {
        const warning = tokenWarning(runner, end, term);
        if (warning !== undefined) pulumi.log.warn(warning, this);
      }
      return Object.fromEntries(known);
    });
    const { registryMirror, tokensReplacedAfter, tokensEnd } = this;
    this.registerOutputs({
      ...{ ids: this.ids, container: this.container, metricsPort, registryMirror },
      ...{ tokensReplacedAfter, tokensEnd },
    });
  }
}

/** The name of a GitLab instance: its address without the scheme. */
function instanceOf(address: string): string {
  return address
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replaceAll("/", "-");
}
