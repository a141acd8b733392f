import type { Cluster, ClusterConnection } from "./cluster.ts";
import { CredentialsRefused } from "./cluster-error.ts";

/**
 * Sends a request, once more if its credentials are refused and there are others by now: tokens end within a
 * run, and the program or file that they come from has new ones.
 * @param send throws CredentialsRefused if the API server does not accept the credentials
 * @throws what `send` threw; as {@link Cluster.connection} does
 */
export async function withCredentials<Answer>(
  cluster: Cluster,
  send: (connection: ClusterConnection) => Promise<Answer>,
): Promise<Answer> {
  const connection = await cluster.connection();
  try {
    return await send(connection);
  } catch (error) {
    if (!(error instanceof CredentialsRefused)) throw error;
    const renewed = await cluster.connection(connection.credentials);
    const [{ token, certificate }, now] = [connection.credentials, renewed.credentials];
    if (token === now.token && certificate === now.certificate) throw error;
    return send(renewed);
  }
}
