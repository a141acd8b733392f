import { execFileSync } from "node:child_process";
import path from "node:path";

const REPOSITORY = path.resolve(__dirname, "..");

/** A bare repository for git's plain HTTP, and its commit. */
export interface SourcesRepository {
  readonly repository: string;
  readonly sha: string;
}

/** Commits this repository's files as they are now to a bare repository in a folder. */
export function sourcesRepository(folder: string): SourcesRepository {
  const repository = path.join(folder, "project.git");
  const git = (...words: readonly string[]) =>
    execFileSync("git", ["--git-dir", repository, ...words], {
      cwd: REPOSITORY,
      encoding: "utf8",
      env: { ...process.env, ...AUTHOR },
    }).trim();
  git("init", "--quiet", "--bare", "--initial-branch", "main");
  git("--work-tree", REPOSITORY, "add", "--all");
  const commit = git("commit-tree", git("write-tree"), "-m", "the files of a job");
  git("update-ref", "refs/heads/main", commit);
  git("repack", "-a", "-d", "--quiet");
  git("update-server-info");
  return { repository, sha: commit };
}

const AUTHOR = {
  GIT_AUTHOR_NAME: "test",
  GIT_AUTHOR_EMAIL: "test@localhost",
  GIT_COMMITTER_NAME: "test",
  GIT_COMMITTER_EMAIL: "test@localhost",
};
