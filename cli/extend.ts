import { renewLife } from "../engine/life.ts";
import { engineTime, readPossessions } from "../engine/possessions.ts";
import { isProtected, SETTINGS_NAMESPACE } from "../infra/settings.ts";
import { stackLabels } from "../infra/stack-plan.ts";
import { type Duration, parseDuration } from "../sandboxes/model/duration.ts";
import { LABEL } from "../sandboxes/model/labels.ts";
import { ConfigurationError } from "../sandboxes/model/problem.ts";
import type { Place } from "./project.ts";
import { withSession } from "./session.ts";
import { identityOf } from "./stack-plan.ts";
import { describeEnd } from "./time-left.ts";

/**
 * `nestbox extend [FOR]`: the stack ends so long from now, or never.
 * @param span a duration or `never`; by default the stack's own time to live
 * @throws ConfigurationError for another text, when the stack is not up, and for an end of a protected branch's
 */
export function extend(place: Place, span: string | undefined): Promise<number> {
  const asked = span === undefined ? undefined : parsedSpan(span);
  const needs = { pulumi: false, declarations: false, sandboxes: () => [] };
  return withSession(place, needs, async ({ project, engine }) => {
    if (isProtected(project.settings) && asked !== undefined && asked !== "never") {
      const { branch } = project.settings;
      throw new ConfigurationError(
        `extend: ${SETTINGS_NAMESPACE}:protectedBranches protects branch "${branch}", so its stack has no end`,
      );
    }
    const labels = stackLabels(identityOf(project, process.env), project.settings);
    const possessions = await readPossessions(engine);
    if (!possessions.some((part) => part.labels[LABEL.owner] === labels[LABEL.owner])) {
      throw new ConfigurationError(`stack ${project.stack} is not up, so it has no end; first: nestbox up`);
    }
    const timeToLive = asked ?? project.settings.timeToLive;
    const ends = await renewLife(engine, { labels, timeToLive, mode: asked ? "exactly" : "use" });
    process.stdout.write(`stack ${project.stack} ${describeEnd(ends, await engineTime(engine))}\n`);
    return 0;
  });
}

function parsedSpan(text: string): Duration | "never" {
  if (text === "never" || parseDuration(text) !== undefined) return text as Duration | "never";
  throw new ConfigurationError(`extend: "${text}" is neither "never" nor a duration such as "8h"`);
}
