/** The end of a job, for a report. */
export interface ReportedJob {
  readonly sandbox: string;
  readonly job: string;
  readonly seconds: number;
  /** Why it failed. Absent if it passed. */
  readonly failure?: string;
}

/** A report in JUnit's format: a suite for each sandbox, a case for each job. */
export function junitReport(jobs: readonly ReportedJob[]): string {
  const suites = [...Map.groupBy(jobs, ({ sandbox }) => sandbox)].map(([sandbox, own]) => {
    const failures = own.filter(({ failure }) => failure !== undefined).length;
    const seconds = own.reduce((sum, one) => sum + one.seconds, 0);
    const counts = `tests="${own.length}" failures="${failures}" errors="0" time="${seconds.toFixed(3)}"`;
    return [`  <testsuite name="${escaped(sandbox)}" ${counts}>`, ...own.map(caseOf), "  </testsuite>"].join(
      "\n",
    );
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...suites, "</testsuites>", ""].join(
    "\n",
  );
}

function caseOf({ sandbox, job, seconds, failure }: ReportedJob): string {
  const names = `classname="${escaped(sandbox)}" name="${escaped(job)}"`;
  const start = `    <testcase ${names} time="${seconds.toFixed(3)}"`;
  return failure === undefined
    ? `${start}/>`
    : `${start}>\n      <failure message="${escaped(failure)}"/>\n    </testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
