import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { composeWords, timeInContainer, withComposeClient } from "./compose-client.ts";
import { DECLARATION, timeNode } from "./fresh.ts";
import { withPublishedProject } from "./published-project.ts";
import { inRounds, type Round } from "./rounds.ts";

/** The duration of each step, in milliseconds. */
type KeptTimes = Readonly<Record<"up" | "unchanged" | "down", number>>;

/**
 * Times a Redis on a network of its own, with a published port, that is kept up: `nestbox up`, the same again
 * and `nestbox down` of the published package without a stack, and `docker compose up --wait` and `down` of
 * the emitted file. Times are those of whole commands; that of compose does not include entering its
 * container.
 */
export function keptSandboxes(
  rounds: number,
): Promise<readonly Round<"nestbox" | "compose", keyof KeptTimes>[]> {
  return withPublishedProject(DECLARATION, [], async ({ folder, nestbox }) => {
    await promisify(execFile)(process.execPath, nestbox("emit"));
    const file = readFileSync(path.join(folder, "compose", "one.yaml"), "utf8");
    const time = async (...words: readonly string[]) => (await timeNode(nestbox(...words), /$/)).removed;
    return withComposeClient((client) => {
      const compose = (...words: readonly string[]) =>
        timeInContainer(client, composeWords("nestbox-bench-kept", ...words).join(" "), file);
      return inRounds(rounds, async () => ({
        nestbox: { up: await time("up"), unchanged: await time("up"), down: await time("down") },
        compose: {
          up: await compose("up", "--detach", "--wait"),
          unchanged: await compose("up", "--detach", "--wait"),
          down: await compose("down", "--volumes"),
        },
      }));
    });
  });
}
