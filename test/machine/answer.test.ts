import { request } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "@jest/globals";
import { answerOf } from "../../src/machine/answer.ts";

const closings: (() => void)[] = [];

afterEach(() => {
  for (const close of closings.splice(0)) close();
});

/** The port of a server that handles each connection so. */
async function serve(handle: (socket: Socket) => void): Promise<number> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closings.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

const LIMIT = { milliseconds: 50, message: "no answer in time" };

/** Sends the head of an answer, then more of it every few milliseconds, this often. */
function answerSlowly(socket: Socket, head: string, more: string, times: number): void {
  socket.on("error", () => {}).resume();
  socket.write(head);
  let sent = 0;
  const timer = setInterval(() => {
    if (sent++ < times) socket.write(more);
    else socket.end();
  }, LIMIT.milliseconds / 10);
  socket.once("close", () => clearInterval(timer));
}

test("an answer whose head never ends exceeds the limit, although something always arrives", async () => {
  const port = await serve((socket) => {
    answerSlowly(socket, "HTTP/1.1 200 OK\r\n", "x-more: 1\r\n", Number.POSITIVE_INFINITY);
  });
  await expect(answerOf(request({ port }), undefined, LIMIT)).rejects.toThrow("no answer in time");
});

test("the limit ends with the head of the answer, which may take longer", async () => {
  const port = await serve((socket) => {
    answerSlowly(socket, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", ".", 20);
  });
  expect(await text(await answerOf(request({ port }), "{}", LIMIT))).toBe(".".repeat(20));
});
