/** A step that fills the state from which forks of a service start. */
export type SeedStep =
  /**
   * Files of the project for the service's client, such as SQL for psql. A folder stands for the files in it,
   * in the order of their names.
   */
  | { readonly files: readonly string[] }
  /**
   * A command of this machine, word by word, in the project's folder. It finds the state by the variables of
   * the service, such as DATABASE_URL.
   */
  | {
      readonly command: readonly string[];
      /** Files and folders of the project that it reads: if one changes, it runs again. @default none */
      readonly inputs?: readonly string[];
    }
  /** A job of the sandbox, which finds the state where it finds the service. Its `files` are its inputs. */
  | { readonly job: string };

/** The steps of a seed, in their order. */
export function seedSteps(seed: SeedStep | readonly SeedStep[]): readonly SeedStep[] {
  return Array.isArray(seed) ? seed : [seed as SeedStep];
}
