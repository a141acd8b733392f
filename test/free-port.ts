import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems choose for outgoing connections. */
const [FIRST, LAST] = [20_000, 30_000];

/** A random TCP port that nobody listens on, for a test that must name the port beforehand. */
export async function freePort(): Promise<number> {
  const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
  const server = createServer();
  try {
    server.listen(port, "0.0.0.0");
    await once(server, "listening");
    return port;
  } catch {
    return freePort();
  } finally {
    server.close();
  }
}
