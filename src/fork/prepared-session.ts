/** Prepares a session that has just been opened, and closes it if that fails. */
export async function preparedSession<Session extends { close(): void }, Result>(
  session: Session,
  prepare: (session: Session) => Promise<Result>,
): Promise<Result> {
  try {
    return await prepare(session);
  } catch (error) {
    session.close();
    throw error;
  }
}
