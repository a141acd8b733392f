/** The connection by which forks are made has ended: the server stopped, or an administrator closed it. */
export class ConnectionEnded extends Error {
  override readonly name = "ConnectionEnded";

  /** @param address the host and port of the server */
  constructor(address: string) {
    super(`${address}: the connection to the server has ended; read the log of its service`);
  }
}
