import { ConfigurationError } from "../model/problem.ts";

/** Files changed while an image was built from them: nobody knows which of them it has. */
export class FilesChanged extends ConfigurationError {
  /** @param place names the build */
  constructor(place: string) {
    super(`build of ${place}: its files changed meanwhile; run the command again`);
  }
}
