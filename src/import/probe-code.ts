import { composeMilliseconds, durationOf } from "./amounts.ts";
import { type Code, objectCode, stringCode } from "./code.ts";
import type { ComposeMap } from "./compose-tree.ts";
import { itemsOf, textAt } from "./load-compose.ts";
import type { ModuleDraft } from "./module-draft.ts";
import { textCode } from "./text-code.ts";

/** Compose's defaults. */
const INTERVAL = 30_000;
const RETRIES = 3;

/** The default limit of a probe. */
const WITHIN = 30_000;

/** The probe for a healthcheck, or undefined for one that is switched off. */
export function probeCode(healthcheck: ComposeMap, path: string, draft: ModuleDraft): Code | undefined {
  const test = healthcheck.entries.get("test");
  if (textAt(healthcheck, "disable") === "true" || test === undefined) return undefined;
  const words = itemsOf(test).flatMap((word) => (word.kind === "text" ? [word] : []));
  const [kind = ""] = words.map(({ text }) => text ?? "");
  if (kind === "NONE") return undefined;
  const code = words.map((word) => textCode(word, `${path}.test`, draft));
  draft.imports.nestbox.add("exec");
  const timing = timingCode(healthcheck);
  const command: Code =
    test.kind === "text"
      ? (code[0] ?? '""')
      : kind === "CMD-SHELL"
        ? (code[1] ?? '""')
        : { list: code.slice(1) };
  return { call: "exec", args: [command, ...(timing === undefined ? [] : [timing])] };
}

function timingCode(healthcheck: ComposeMap): Code | undefined {
  const duration = (name: string) => composeMilliseconds(textAt(healthcheck, name) ?? "");
  const interval = duration("interval");
  const timeout = duration("timeout");
  const period = duration("start_period");
  const startInterval = duration("start_interval");
  const retries = Number(textAt(healthcheck, "retries") ?? Number.NaN);
  const limit = (period ?? 0) + (interval ?? INTERVAL) * (retries || RETRIES);
  const isLimited = period !== undefined || interval !== undefined || retries > 0;
  const text = (milliseconds: number | undefined) =>
    milliseconds === undefined ? undefined : stringCode(durationOf(milliseconds));
  const entries = {
    within: isLimited && limit > WITHIN ? text(limit) : undefined,
    startEvery: text(startInterval),
    every: text(interval),
    timeout: text(timeout),
    retries: retries > 0 ? String(retries) : undefined,
  };
  return Object.values(entries).every((value) => value === undefined) ? undefined : objectCode(entries);
}
