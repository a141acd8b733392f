import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type EngineEvent, eventReader, resourceName } from "../../../src/operations/pulumi/events.ts";

function readAll(chunks: readonly string[]): readonly EngineEvent[] {
  const events: EngineEvent[] = [];
  const read = eventReader((event) => events.push(event));
  for (const chunk of chunks) read(chunk);
  return events;
}

test("the name of a resource is the last part of its URN", () => {
  const urn =
    "urn:pulumi:dev::nestbox::nestbox:index:DockerSandbox$docker:index/container:Container::dev_snake_cache";
  expect(resourceName(urn)).toBe("dev_snake_cache");
});

test("events come out of a stream however it is cut", () => {
  const event: EngineEvent = { diagnosticEvent: { message: "Grüße {\n}", severity: "error" } };
  const stream = `${JSON.stringify(event)}\nnot an event\n\n{"broken": \n${JSON.stringify(event)}\n`;
  const cuts = fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 });
  fc.assert(
    fc.property(cuts, (places) => {
      const ends = [...places].sort((one, other) => one - other);
      const chunks = [...ends, stream.length].map((end, index) => stream.slice(ends[index - 1] ?? 0, end));
      expect(readAll(chunks)).toEqual([event, event]);
    }),
  );
});
