import { expect, test } from "@jest/globals";
import { junitReport } from "../../../src/sandbox/jobs/junit-report.ts";

test("a suite for each sandbox, a case for each job", () => {
  const report = junitReport([
    { sandbox: "shop", job: "lint", seconds: 0.5 },
    { sandbox: "shop", job: "tests", seconds: 1.25, failure: 'failed with "<3>" & more' },
    { sandbox: "cart", job: "tests", seconds: 2 },
  ]);
  expect(report).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="shop" tests="2" failures="1" errors="0" time="1.750">
    <testcase classname="shop" name="lint" time="0.500"/>
    <testcase classname="shop" name="tests" time="1.250">
      <failure message="failed with &quot;&lt;3&gt;&quot; &amp; more"/>
    </testcase>
  </testsuite>
  <testsuite name="cart" tests="1" failures="0" errors="0" time="2.000">
    <testcase classname="cart" name="tests" time="2.000"/>
  </testsuite>
</testsuites>
`);
});
