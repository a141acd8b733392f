import { createServer } from "node:net";
import { expect, test } from "@jest/globals";
import { listeningSockets, portListener } from "../../src/machine/port-listener.ts";

const TABLE = `  sl local_address rem_address st tx_queue rx_queue tr tm->when retrnsmt  uid timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0
   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0
   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1 0 100 0
`;

test("sockets that listen on a port are found in the table, not connections", () => {
  expect(listeningSockets(TABLE, 8080)).toEqual(["4711"]);
  expect(listeningSockets(TABLE, 80)).toEqual(["4713"]);
  expect(listeningSockets(TABLE, 8081)).toEqual([]);
});

test.each(["127.0.0.1", "::"])("the process that listens on %s has its command", async (host) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  try {
    const { port } = server.address() as { readonly port: number };
    const listener = portListener(port);
    expect(listener?.pid).toBe(process.pid);
    expect(listener?.command).toMatch(/^\S*node\b/);
    expect(listener?.command.split(" ").length).toBeLessThanOrEqual(2);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a port without a listener has no process", () => {
  expect(portListener(1)).toBeUndefined();
});
