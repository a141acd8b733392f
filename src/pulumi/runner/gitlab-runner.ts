import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { engineHost } from "../../docker/client.ts";
import { tokenVariable } from "../../gitlab/runner/config-file.ts";
import { mtuWarnings, roomForJobs, withMeasuredMtu } from "../../gitlab/runner/fit-to-host.ts";
import { readAuthorities } from "../../gitlab/runner/gitlab-authorities.ts";
import { lookAtRunnerHost } from "../../gitlab/runner/runner-host.ts";
import { tokenTerm, tokenWarning } from "../../gitlab/runner/token-rotation.ts";
import { requireRunners, requireSomeRunner, runnerWarnings } from "../../model/check-runners.ts";
import { GitLabProvider } from "../gitlab/provider.ts";
import { UserRunner } from "../gitlab/user-runner.ts";
import { explain } from "../program-error.ts";
import type { GitLabRunnerArgs } from "./gitlab-runner-args.ts";
import { registration } from "./registration.ts";
import { createMirror, needsMirror } from "./registry-mirror.ts";
import { createContainer, createParts } from "./runner-container.ts";

/**
 * Runners in GitLab, and the container of gitlab-runner that serves them. Removing or replacing the container
 * drains it: it takes no more jobs and ends when those that run have ended.
 *
 * The container has the engine's socket, so whoever gets into it is root on the host. Jobs do not: their
 * containers are unprivileged, have networks of their own, and get neither socket nor tokens.
 *
 * @throws ConfigurationError before the first resource of its own, for runners that GitLab would not take
 */
export class GitLabRunner extends pulumi.ComponentResource {
  /** GitLab's numbers of the runners, by name. */
  readonly ids: pulumi.Output<Record<string, string>>;
  /** The name of the container. */
  readonly container: pulumi.Output<string>;
  /**
   * The address of the registry mirror beside the runners, for the host's own engine too:
   * `http://172.17.0.1:5005`. Undefined without one.
   */
  readonly registryMirror: pulumi.Output<string> | undefined;
  /** When the next `up` replaces the tokens, in ISO 8601. Undefined without a lifetime. */
  readonly tokensReplacedAfter: string | undefined;
  /** When GitLab ends each runner's token, in ISO 8601, as far as the provider says so. */
  readonly tokensEnd: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: GitLabRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    super("nestbox:index:GitLabRunner", name, {}, options);
    const { runners, gitlabUrl, token, metricsPort, mirror, tokenLifetime, certificates } = args;
    requireSomeRunner(runners);
    requireRunners(runners);
    const authorities =
      certificates === undefined
        ? undefined
        : readAuthorities(path.resolve(pulumi.getRootDirectory(), certificates));
    const hasMirror = needsMirror(runners, mirror);
    for (const { path, message } of runnerWarnings(runners)) pulumi.log.warn(`${path}: ${message}`, this);
    const child = { parent: this };

    const host = pulumi.output(lookAtRunnerHost(engineHost()).catch(explain));
    host.apply((seen) => {
      for (const warning of mtuWarnings(runners, seen)) pulumi.log.warn(warning, this);
      const { fits, message } = roomForJobs(runners, seen);
      return fits ? pulumi.log.info(message, this) : pulumi.log.warn(message, this);
    });
    this.registryMirror = hasMirror ? createMirror(name, mirror || {}, host, child) : undefined;
    const fitting = host.apply((seen) => withMeasuredMtu(runners, seen));
    const parts = createParts(name, args, authorities, fitting, this.registryMirror, child);

    const place = placeOf(gitlabUrl);
    const baseUrl = `${gitlabUrl.replace(/\/+$/, "")}/api/v4/`;
    // Another GitLab is another provider: the one before is there until it has deleted its runners. With one
    // name for both, their numbers would be deleted in the new GitLab.
    const provider = new GitLabProvider(
      `${name}-${place}`,
      { baseUrl, ...(token !== undefined && { token }) },
      child,
    );
    const term = tokenLifetime === undefined ? undefined : tokenTerm(tokenLifetime, new Date());
    const registered = runners.map((runner) => ({
      runner,
      // Last but the container: what cannot be made before leaves no runner in GitLab that nobody serves.
      inGitLab: new UserRunner(`${name}-${runner.name}`, registration(runner, args.scope, term), {
        ...child,
        provider,
        // Another provider alone would only be taken for a change in place.
        replacementTrigger: place,
        dependsOn: [...parts.before],
        // No resource resets a token: another runner is made before this one goes, and drained jobs still
        // have theirs.
        replaceOnChanges: ["maintenanceNote"],
      }),
    }));
    const tokens = registered.map(
      ({ runner, inGitLab }) => pulumi.interpolate`${tokenVariable(runner.name)}=${inGitLab.token}`,
    );
    const container = createContainer(name, args, tokens, parts, child);

    this.ids = pulumi.output(
      Object.fromEntries(registered.map(({ runner, inGitLab }) => [runner.name, inGitLab.id])),
    );
    this.container = pulumi.all([container.name, parts.written]).apply(([containerName]) => containerName);
    this.tokensReplacedAfter = term?.until;
    this.tokensEnd = pulumi
      .output(
        Object.fromEntries(registered.map(({ runner, inGitLab }) => [runner.name, inGitLab.tokenExpiresAt])),
      )
      .apply((ends) => {
        const known = Object.entries(ends).flatMap(([runner, end]) => (end ? [[runner, end] as const] : []));
        for (const [runner, end] of known) {
          const warning = tokenWarning(runner, end, term);
          if (warning !== undefined) pulumi.log.warn(warning, this);
        }
        return Object.fromEntries(known);
      });
    const { ids, registryMirror, tokensReplacedAfter, tokensEnd } = this;
    this.registerOutputs({
      ...{ ids, container: this.container, metricsPort, registryMirror },
      ...{ tokensReplacedAfter, tokensEnd },
    });
  }
}

/** Which GitLab it is, however its address is written: http or https, with a slash at its end or without. */
function placeOf(gitlabUrl: string): string {
  return gitlabUrl
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/+$/, "")
    .replaceAll("/", "-");
}
