import { createColors } from "picocolors";

/** Colours where a person looks: on a terminal, unless NO_COLOR is set. picocolors by itself would also colour the logs of CI jobs. */
export const colors = createColors(
  process.stdout.isTTY === true && process.stderr.isTTY === true && !process.env.NO_COLOR,
);
