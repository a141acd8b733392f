/** Work that runs piece by piece: what somebody waits for comes first. */
export interface WorkQueue {
  /** Runs work before all that waits behind. */
  first<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Runs work once nothing else is to do. */
  behind<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Resolves once nothing is to do. */
  idle(): Promise<void>;
}

/** A queue without work. */
export function workQueue(): WorkQueue {
  const urgent: (() => Promise<void>)[] = [];
  const later: (() => Promise<void>)[] = [];
  let working: Promise<void> | undefined;
  const workOff = async () => {
    for (
      let next = urgent.shift() ?? later.shift();
      next !== undefined;
      next = urgent.shift() ?? later.shift()
    )
      await next();
    working = undefined;
  };
  const addTo =
    (list: (() => Promise<void>)[]) =>
    <Result>(work: () => Promise<Result>) =>
      new Promise<Result>((resolve, reject) => {
        list.push(() => work().then(resolve, reject));
        working ??= workOff();
      });
  return { first: addTo(urgent), behind: addTo(later), idle: async () => working };
}
