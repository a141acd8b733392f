import { servePlugin } from "../plugin/serve.ts";
import { addProviderService } from "./provider-service.ts";

/**
 * Serves the GitLab provider to the Pulumi engine.
 *
 * @param args the plugin's command line without node and script
 */
export async function serveGitLabProvider(args: readonly string[]): Promise<void> {
  await servePlugin(args, (server) => addProviderService(server));
}
