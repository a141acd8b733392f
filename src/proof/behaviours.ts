/** The behaviours that every target must show, in the order of the matrix. */
export const BEHAVIOURS = {
  aliases: "every alias answers",
  isolation: "nothing else answers",
  readiness: "ready when a job starts",
  order: "services start in order",
  environment: "variables arrive",
  files: "files arrive",
  secrecy: "secrets reach nobody else",
  limits: "limits, user, privileges hold",
  exitCode: "exit codes are kept",
  cleanUp: "nothing is left",
} as const;

/** The key of a behaviour. */
export type Behaviour = keyof typeof BEHAVIOURS;
