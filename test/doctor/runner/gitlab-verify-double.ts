import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What the double knows of a token: when it ends, or with which status it is refused. */
export type KnownToken = { readonly expires: string | null } | { readonly status: number };

/**
 * A double of GitLab's API, as far as checking a runner's token goes: no GitLab, but its statuses for
 * `version` and `runners/verify`.
 */
export interface GitLabVerifyDouble {
  readonly url: string;
  /** By token. Others are refused with 403. */
  readonly tokens: Map<string, KnownToken>;
  /** Each `system_id` that came with a token. A set: `doctor` in other tests may ask on this engine, too. */
  readonly askedFor: ReadonlySet<string>;
  /** Lets every question wait for ever. */
  hang(): void;
  close(): Promise<void>;
}

/** Starts a double on a free port of the loopback. Its rules are those of GitLab's lib/api/ci/runner.rb. */
export async function gitlabVerifyDouble(): Promise<GitLabVerifyDouble> {
  const tokens = new Map<string, KnownToken>();
  const askedFor = new Set<string>();
  let hangs = false;
  const server = createServer(async (request, response) => {
    if (hangs) return;
    let text = "";
    for await (const part of request) text += part;
    const answer = (status: number, body: object) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/api/v4/version") return answer(401, { message: "401 Unauthorized" });
    if (request.method !== "POST" || request.url !== "/api/v4/runners/verify")
      return answer(404, { error: "404 Not Found" });
    const { token, system_id: systemId } = JSON.parse(text);
    if (request.headers["runner-token"] !== token) return answer(400, { message: "400 Bad request" });
    askedFor.add(systemId);
    const known = tokens.get(token) ?? { status: 403 };
    if ("status" in known) return answer(known.status, { message: `${known.status}` });
    return answer(200, { id: 41, token, token_expires_at: known.expires });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    tokens,
    askedFor,
    hang: () => {
      hangs = true;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
