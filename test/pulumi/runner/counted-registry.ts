import { execFile } from "node:child_process";
import { once } from "node:events";
import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { eventually } from "../../eventually.ts";

const run = promisify(execFile);

/** A registry with images of this engine, behind a proxy that counts bytes. */
export interface CountedRegistry {
  /** Its address for containers. */
  readonly url: string;
  /** The bytes of manifests and layers sent so far. A request of /v2/ adds two bytes. */
  readonly sent: () => number;
  close(): Promise<void>;
}

/** @param images names on Docker Hub of images that the engine has */
export async function countedRegistry(images: readonly string[], address: string): Promise<CountedRegistry> {
  const { stdout: id } = await run("docker", [
    "run",
    "--detach",
    "--publish",
    "127.0.0.1::5000",
    "registry:3",
  ]);
  const container = id.trim();
  const { stdout: published } = await run("docker", ["port", container, "5000/tcp"]);
  const port = Number(published.trim().split(":").at(-1));
  await answers(port);
  for (const image of images) {
    const name = `127.0.0.1:${port}/library/${image}`;
    await run("docker", ["tag", image, name]);
    await run("docker", ["push", "--quiet", name]);
    await run("docker", ["rmi", name]);
  }

  let sent = 0;
  const proxy = createServer((request, response) => {
    const { method, url, headers } = request;
    const onward = ask({ port, host: "127.0.0.1", method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("data", (part: Buffer) => {
        if (url !== "/v2/") sent += part.length;
      });
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  proxy.listen(0, address);
  await once(proxy, "listening");
  return {
    url: `http://${address}:${(proxy.address() as AddressInfo).port}`,
    sent: () => sent,
    async close() {
      proxy.closeAllConnections();
      proxy.close();
      await run("docker", ["rm", "--force", "--volumes", container]);
    },
  };
}

async function answers(port: number): Promise<void> {
  await eventually(
    async () => {
      const { ok, status } = await fetch(`http://127.0.0.1:${port}/v2/`);
      if (!ok) throw new Error(`the registry answers ${status}`);
    },
    { within: "1m" },
  );
}
