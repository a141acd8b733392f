/** A log: its lines, without what the runner writes around them. */
type Log = string | readonly string[];

/** For each failure, logs of our own that show it, and near misses. */
export type LogsOfFailures = Readonly<
  Record<string, { readonly shownBy: readonly Log[]; readonly notShownBy: readonly Log[] }>
>;
