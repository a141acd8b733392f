import type Docker from "dockerode";
import { LABEL } from "../model/labels.ts";
import { ConfigurationError } from "../model/problem.ts";
import { askDocker } from "./api.ts";
import type { DockerHost } from "./host.ts";
import type { Possession } from "./possessions.ts";

/** What is to be removed is used by containers of somebody else. */
export class UsedByOthers extends ConfigurationError {
  override readonly name = "UsedByOthers";
}

/** A network or volume, by what the engine and people call it. */
type Used = Pick<Possession, "kind" | "id" | "name">;

/**
 * Refuses to remove networks and volumes that containers of other owners use. Removed nevertheless, a network
 * would keep Pulumi's provider waiting for half a minute, to name nobody in the end.
 * @throws UsedByOthers naming each container, and what to do
 */
export async function requireNoOtherUsers(
  engine: DockerHost,
  parts: readonly Used[],
  owner: string,
): Promise<void> {
  const used = await Promise.all(
    parts
      .filter(({ kind }) => kind !== "container")
      .map(async (part) => {
        const users = (await usersOf(engine, part)).filter(({ Labels }) => Labels[LABEL.owner] !== owner);
        return users.length === 0 ? [] : [describeUse(part, users)];
      }),
  );
  const messages = used.flat();
  if (messages.length > 0) throw new UsedByOthers(messages.join("\n"));
}

/** The containers that use it: of a network those that run, for the others do not keep it. */
function usersOf(engine: DockerHost, { kind, id }: Used): Promise<readonly Docker.ContainerInfo[]> {
  const filters = encodeURIComponent(JSON.stringify({ [kind]: [id] }));
  const all = kind === "volume" ? 1 : 0;
  return askDocker(engine, `/containers/json?all=${all}&filters=${filters}`);
}

/** Who uses it, and what to do. */
export function describeUse({ kind, name }: Used, users: readonly Docker.ContainerInfo[]): string {
  const names = users.map(({ Id, Names }) => (Names[0] ?? Id).replace(/^\//, ""));
  const remedies = [
    ...names.map((user) => `docker rm -f ${user}`),
    ...(kind === "network" ? names.map((user) => `docker network disconnect ${name} ${user}`) : []),
  ];
  return (
    `${kind} ${name} is still used by ${names.join(", ")}, which is not this stack's; ` +
    `${remedies.join(", or ")}; then the same command again`
  );
}
