/** Environment variables by name, as a caller hands them in. */
export type Environment = Readonly<Record<string, string | undefined>>;
