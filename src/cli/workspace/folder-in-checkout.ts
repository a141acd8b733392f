import { execFileSync } from "node:child_process";

/**
 * The path of a folder in its git checkout, with a slash at its end: `services/api/`. Empty at the root, and
 * outside a checkout.
 */
export function folderInCheckout(folder: string): string {
  try {
    const words = ["rev-parse", "--show-prefix"];
    const output = execFileSync("git", words, { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
    return output.toString().replace(/\n$/, "");
  } catch {
    return "";
  }
}
