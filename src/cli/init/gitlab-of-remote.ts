/**
 * The address of GitLab of a git remote: `git@gitlab.example.com:team/app.git` and the like. Undefined for
 * remotes elsewhere and for local paths.
 */
export function gitlabOfRemote(remote: string): string | undefined {
  const [, host] =
    /^(?:https?|ssh):\/\/(?:[^@/]*@)?([\w.-]+)/.exec(remote) ?? /^[\w.-]+@([\w.-]+):/.exec(remote) ?? [];
  return host === undefined || OTHER_HOSTS.includes(host) ? undefined : `https://${host}`;
}

const OTHER_HOSTS = ["github.com", "bitbucket.org", "codeberg.org"];
