/** See lock.cjs. */
export declare function acquireLock(
  name: string,
  onWait?: (holder: number) => void,
): Promise<() => Promise<void>>;
/** See lock.cjs. */
export declare function tryLock(name: string): Promise<(() => Promise<void>) | undefined>;
