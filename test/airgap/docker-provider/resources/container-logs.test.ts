import { expect, test } from "@jest/globals";
import { withoutFrames } from "../../../../airgap/docker-provider/resources/container-logs.ts";

const frame = (stream: number, words: string) => {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(words), 4);
  return Buffer.concat([header, Buffer.from(words)]);
};

test("both streams in the order of their writing", () => {
  expect(
    withoutFrames(Buffer.concat([frame(1, "out ü\n"), frame(2, "err\n"), frame(1, "")])).toString(),
  ).toBe("out ü\nerr\n");
});

test("a line that was cut off keeps what there is", () => {
  expect(withoutFrames(frame(1, "whole").subarray(0, 11)).toString()).toBe("who");
});
