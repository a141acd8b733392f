import { readFacts } from "../engine/facts.ts";
import type { Place } from "./project.ts";
import { describeSandboxes, sandboxesOn } from "./sandbox-list.ts";
import { withSession } from "./session.ts";

/** `nestbox ls`: every sandbox on this machine's engine, whoever's it is. */
export function ls(place: Place, { json = false }: { readonly json?: boolean }): Promise<number> {
  return withSession(
    place,
    { pulumi: false, declarations: false, sandboxes: () => [] },
    async ({ engine }) => {
      const sandboxes = sandboxesOn(await readFacts(engine));
      if (json) process.stdout.write(`${JSON.stringify(sandboxes, null, 2)}\n`);
      else process.stdout.write(describeSandboxes(sandboxes) || "no sandboxes on this engine\n");
      return 0;
    },
  );
}
