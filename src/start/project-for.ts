import path from "node:path";
import { ConfigurationError } from "../model/problem.ts";
import { placedOn } from "../project/places.ts";
import { findProject, nearestProject, type Project, projectIn } from "../project/project.ts";
import type { Invocation } from "../sandbox/invocation.ts";
import type { StartOptions } from "./start-options.ts";

/**
 * The project whose settings choose the place: the nearest one, else the folder with default settings. Its
 * declarations are not read.
 * @throws ConfigurationError for a folder outside of projects that was named
 */
export async function projectFor(
  { project: named, target }: Pick<StartOptions, "project" | "target">,
  { environment, targets }: Pick<Invocation, "environment" | "targets">,
): Promise<Project> {
  const folder = named === undefined ? nearestProject(process.cwd()) : findProject(path.resolve(named));
  const stack = environment.PULUMI_STACK ?? "dev";
  const project = await projectIn(folder ?? process.cwd(), { stack }, { declarations: false });
  if (target === undefined) return project;
  const running = targets.filter(({ runs }) => runs).map(({ name }) => name);
  if (running.includes(target)) return placedOn(project, target);
  throw new ConfigurationError(`start: no target "${target}" runs sandboxes; use ${running.join(" or ")}`);
}
