import { milliseconds } from "../../model/duration.ts";
import type { PlannedService, RemoteProbe } from "../../model/plan/plan.ts";
import { shellWord } from "../../model/shell.ts";

/**
 * The command that waits for a service, for a shell with WAIT_FUNCTIONS. Undefined for a service without a
 * probe and ports. GitLab's own check proves nothing: it continues if the port does not answer
 * (executors/docker/services.go in gitlab-runner).
 */
export function waitCommand({ key, aliases, remoteProbe }: PlannedService): string | undefined {
  if (remoteProbe === undefined) return undefined;
  const seconds = Math.ceil(milliseconds(remoteProbe.within) / 1000);
  return ["nestbox_wait", key, String(seconds), ...probeWords(remoteProbe, aliases[0] ?? key)]
    .map(shellWord)
    .join(" ");
}

function probeWords(probe: RemoteProbe, host: string): readonly string[] {
  switch (probe.kind) {
    case "run":
      return probe.command;
    case "dial":
      return ["nestbox_dial", host, String(probe.port)];
    case "http": {
      // HTTP/1.0, so that the server closes the connection. Every 2xx and 3xx status counts as ready.
      const request = `GET ${probe.path} HTTP/1.0\r\nHost: localhost\r\n\r\n`;
      return ["nestbox_ask", host, String(probe.port), printfFormat(request), "HTTP/1.[01] [23]"];
    }
    case "dialogue": {
      const { send, expect } = probe.dialogue;
      const pattern = expect.replace(/[\\*?[\]]/g, "\\$&");
      return ["nestbox_ask", host, String(probe.port), printfFormat(send), pattern];
    }
  }
}

function printfFormat(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === "\r") return "\\r";
      if (character === "\n") return "\\n";
      if (character === "%") return "%%";
      return /[^ -~]|[\\-]/.test(character) ? `\\${byte.toString(8).padStart(3, "0")}` : character;
    })
    .join("");
}
