/** See lock.cjs. */
export declare function acquireLock(
  name: string,
  onWait?: (holder: number) => void,
): Promise<() => Promise<void>>;
