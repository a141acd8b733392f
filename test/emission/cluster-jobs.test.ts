import { readdirSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@jest/globals";
import { plan } from "../../src/model/plan/plan-sandbox.ts";
import { expectFile } from "../snapshot-file.ts";
import { CLUSTER_SANDBOXES, RUNNERS_IN_CLUSTER } from "./cluster-sandboxes.ts";
import { emitted } from "./emitted.ts";

const FOLDER = path.join(__dirname, "cluster-jobs");

test.each(CLUSTER_SANDBOXES)(
  "the jobs of $name in a cluster are those in test/emission/cluster-jobs",
  (one) => {
    const { files } = emitted([plan(one, { profiles: "all" })], RUNNERS_IN_CLUSTER);
    for (const { path: file, content } of files.filter(({ path: emittedTo }) =>
      emittedTo.startsWith(".gitlab/"),
    ))
      expectFile(path.join(FOLDER, path.basename(file)), content);
  },
);

test("every file there is emitted", () => {
  expect(readdirSync(FOLDER).sort()).toEqual(CLUSTER_SANDBOXES.map(({ name }) => `${name}.yml`).sort());
});
