import * as pulumi from "@pulumi/pulumi";
import { type TokenTerm, tokenTerm, tokenWarning } from "../../gitlab/runner/token-rotation.ts";
import type { Duration } from "../../model/duration.ts";
import type { Runner } from "../../model/runner/runner.ts";
import { GitLabProvider } from "../gitlab/provider.ts";
import { UserRunner } from "../gitlab/user-runner.ts";
import { type RunnerScope, registration } from "./register-runner.ts";

/** Where runners are registered, and for how long. */
export interface RegistrationArgs {
  readonly scope: RunnerScope;
  readonly gitlabUrl: string;
  readonly token?: pulumi.Input<string>;
  readonly tokenLifetime?: Duration;
}

/** Runners in GitLab, by their names. */
export interface RegisteredRunners {
  readonly runners: readonly (readonly [name: string, resource: UserRunner])[];
  /** The time from which an `up` replaces the tokens. Undefined without a lifetime. */
  readonly tokensReplacedAfter: string | undefined;
  /** The known expiries of the tokens. */
  readonly tokensEnd: pulumi.Output<Record<string, string>>;
}

/**
 * Registers runners in GitLab for a component.
 * @param name of the component
 * @param before what is created first: if it fails, GitLab has no runner that nothing serves
 */
export function registerRunners(
  name: string,
  runners: readonly Runner[],
  { scope, gitlabUrl, token, tokenLifetime }: RegistrationArgs,
  before: pulumi.Input<pulumi.Input<pulumi.Resource>[]> | undefined,
  component: pulumi.Resource,
): RegisteredRunners {
  const child = { parent: component };
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
  const registered = runners.map((runner) => {
    const resource = new UserRunner(`${name}-${runner.name}`, registration(runner, scope, term), {
      ...child,
      provider,
      // A changed provider alone is an update in place.
      replacementTrigger: instance,
      ...(before !== undefined && { dependsOn: before }),
      // No resource resets a token. A new runner is created first, and draining jobs keep the old token.
      replaceOnChanges: ["maintenanceNote"],
    });
    return [runner.name, resource] as const;
  });
  return {
    runners: registered,
    tokensReplacedAfter: term?.until,
    tokensEnd: tokensEnd(registered, term, component),
  };
}

/** The expiries of tokens, with a warning for one that ends before its replacement. */
function tokensEnd(
  registered: RegisteredRunners["runners"],
  term: TokenTerm | undefined,
  component: pulumi.Resource,
): pulumi.Output<Record<string, string>> {
  const ends = Object.fromEntries(registered.map(([runner, { tokenExpiresAt }]) => [runner, tokenExpiresAt]));
  return pulumi.output(ends).apply((found) => {
    const known = Object.entries(found).flatMap(([runner, end]) => (end ? [[runner, end] as const] : []));
    for (const [runner, end] of known) {
      const warning = tokenWarning(runner, end, term);
      if (warning !== undefined) pulumi.log.warn(warning, component);
    }
    return Object.fromEntries(known);
  });
}

/** The name of a GitLab instance: its address without the scheme. */
function instanceOf(address: string): string {
  return address
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replaceAll("/", "-");
}
