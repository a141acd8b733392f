import type { CreateUserCIRunnerOptions, EditRunnerOptions } from "@gitbeaker/rest";
import { type GitLabAccount, GitLabFailed, gitlabApi, type RequestLimits } from "./gitlab-api.ts";

/** The properties of a UserRunner as the Pulumi engine sends them. */
export type RunnerProperties = Readonly<Record<string, unknown>>;

/** An input that GitLab would refuse. */
export interface InputProblem {
  readonly property: string;
  readonly reason: string;
}

/**
 * The placeholder of a value that is unknown in a preview: `UnknownStringValue` in Pulumi's
 * sdk/go/common/resource/plugin/rpc.go.
 */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * The names of the inputs in GitLab's API, in Gitbeaker's notation:
 * https://docs.gitlab.com/api/users/#create-a-runner-linked-to-a-user
 */
const API_NAMES: Readonly<Record<string, string>> = {
  runnerType: "runnerType",
  groupId: "groupId",
  projectId: "projectId",
  description: "description",
  tagLists: "tagList",
  untagged: "runUntagged",
  locked: "locked",
  paused: "paused",
  accessLevel: "accessLevel",
  maximumTimeout: "maximumTimeout",
  maintenanceNote: "maintenanceNote",
};

/** The inputs that force replacement. GitLab cannot change them. */
const REPLACING: readonly string[] = ["runnerType", "groupId", "projectId"];
const OWNER_OF: Readonly<Record<string, string | undefined>> = {
  instance_type: undefined,
  group_type: "groupId",
  project_type: "projectId",
};

/** The inputs that GitLab would refuse. Unknown values are not checked. */
export function runnerProblems(inputs: RunnerProperties): readonly InputProblem[] {
  const known = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== UNKNOWN));
  const { runnerType, untagged, maximumTimeout, accessLevel, maintenanceNote } = known;
  const tags = Array.isArray(known.tagLists) ? known.tagLists.filter((tag) => tag !== UNKNOWN) : [];
  const problems: InputProblem[] = Object.keys(inputs)
    .filter((name) => !(name in API_NAMES))
    .map((property) => ({ property, reason: "is no property of a UserRunner" }));
  const refuse = (property: string, reason: string) => problems.push({ property, reason });

  if (inputs.runnerType === undefined || (runnerType !== undefined && !(String(runnerType) in OWNER_OF))) {
    refuse("runnerType", `must be one of ${Object.keys(OWNER_OF).join(", ")}`);
  } else if (runnerType !== undefined) {
    const owner = OWNER_OF[String(runnerType)];
    if (owner !== undefined && inputs[owner] === undefined) refuse(owner, `is required for ${runnerType}`);
    for (const other of ["groupId", "projectId"]) {
      if (other !== owner && inputs[other] !== undefined) refuse(other, `is not for ${runnerType}`);
    }
  }
  for (const tag of tags) {
    if (typeof tag !== "string" || tag.trim() === "" || tag.includes(","))
      refuse("tagLists", `"${tag}" is not a legal tag; use text without commas`);
  }
  const hasTags =
    inputs.tagLists === UNKNOWN || (Array.isArray(inputs.tagLists) && inputs.tagLists.length > 0);
  if (untagged === false && !hasTags) refuse("untagged", "must be true for a runner without tags");
  if (maximumTimeout !== undefined && !(Number(maximumTimeout) >= 600))
    refuse("maximumTimeout", "must be 600 seconds or more");
  if (accessLevel !== undefined && !["not_protected", "ref_protected"].includes(String(accessLevel)))
    refuse("accessLevel", "must be not_protected or ref_protected");
  if (maintenanceNote !== undefined && String(maintenanceNote).length > 1024)
    refuse("maintenanceNote", "must have 1024 characters at most");
  return problems;
}

/** The changed inputs. The order of tags does not matter. */
export function changedInputs(before: RunnerProperties, after: RunnerProperties): readonly string[] {
  return Object.keys(API_NAMES).filter((name) => comparable(before[name]) !== comparable(after[name]));
}

/** The changed inputs that force replacement. */
export function replacingInputs(changed: readonly string[]): readonly string[] {
  return changed.filter((name) => REPLACING.includes(name));
}

function comparable(value: unknown): string {
  return JSON.stringify(Array.isArray(value) ? [...value].sort() : (value ?? null));
}

/** Creates a runner in GitLab, which returns its token only this once. */
export async function createRunner(
  account: GitLabAccount,
  inputs: RunnerProperties,
  limits: RequestLimits = {},
): Promise<{ readonly id: string; readonly token: string; readonly tokenExpiresAt?: string }> {
  const { users, runners } = await gitlabApi(account, limits);
  // Fails for a token without the scope to manage runners, which could not delete this one.
  // No runner has the number 0.
  await unlessGone(runners.show(0));
  const { runnerType, ...settings } = toApi(inputs, Object.keys(API_NAMES));
  const created = await users.createCIRunner(
    runnerType as Parameters<typeof users.createCIRunner>[0],
    settings as CreateUserCIRunnerOptions,
  );
  const { id, token, tokenExpiresAt } = created;
  return { id: String(id), token, ...(tokenExpiresAt && { tokenExpiresAt }) };
}

/** GitLab's answer; undefined if the runner does not exist. */
async function unlessGone<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GitLabFailed && error.status === 404) return undefined;
    throw error;
  }
}

/**
 * The current settings of a runner; undefined if it does not exist.
 * @param declared its inputs: they select one of several projects or groups with the runner
 */
export async function readRunner(
  account: GitLabAccount,
  id: string,
  declared: RunnerProperties = {},
  limits: RequestLimits = {},
): Promise<RunnerProperties | undefined> {
  const { runners } = await gitlabApi(account, limits);
  const current = await unlessGone(runners.show(Number(id)));
  return current && fromApi(current, declared);
}

/** Changes a runner's settings in place. Removed settings get GitLab's defaults. */
export async function updateRunner(
  account: GitLabAccount,
  id: string,
  before: RunnerProperties,
  after: RunnerProperties,
  limits: RequestLimits = {},
): Promise<void> {
  const changed = changedInputs(before, after);
  const { runners } = await gitlabApi(account, limits);
  await runners.edit(Number(id), toApi({ ...DEFAULTS, ...after }, changed) as EditRunnerOptions);
}

const DEFAULTS: RunnerProperties = {
  description: "",
  tagLists: [],
  untagged: true,
  locked: false,
  paused: false,
  accessLevel: "not_protected",
  maximumTimeout: null,
  maintenanceNote: "",
};

/** Deletes a runner in GitLab if it exists. */
export async function deleteRunner(
  account: GitLabAccount,
  id: string,
  limits: RequestLimits = {},
): Promise<void> {
  const { runners } = await gitlabApi(account, limits);
  await unlessGone(runners.remove({ runnerId: Number(id) }));
}

function toApi(properties: RunnerProperties, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const apiName = API_NAMES[name];
      return apiName !== undefined && properties[name] !== undefined ? [[apiName, properties[name]]] : [];
    }),
  );
}

/** The inputs of a runner. GitLab lists its groups and projects: an unlocked runner may have several. */
function fromApi(runner: RunnerProperties, { groupId, projectId }: RunnerProperties): RunnerProperties {
  const flat: RunnerProperties = {
    ...runner,
    groupId: ownerAmong(runner.groups, groupId),
    projectId: ownerAmong(runner.projects, projectId),
  };
  return Object.fromEntries(
    Object.entries(API_NAMES).flatMap(([name, apiName]) => {
      const value = flat[apiName];
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
}

function ownerAmong(list: unknown, declared: unknown): number | undefined {
  const ids = ((list ?? []) as readonly { readonly id: number }[]).map(({ id }) => id);
  return ids.find((id) => id === declared) ?? ids[0];
}
