import { expect, test } from "@jest/globals";
import { gitlabOfRemote } from "../../../src/cli/init/gitlab-of-remote.ts";

test.each([
  ["https://gitlab.example.com/team/app.git", "https://gitlab.example.com"],
  ["https://oauth2:secret@gitlab.example.com/team/app.git", "https://gitlab.example.com"],
  ["git@gitlab.example.com:team/app.git", "https://gitlab.example.com"],
  ["ssh://git@gitlab.example.com:2222/team/app.git", "https://gitlab.example.com"],
  ["git@github.com:team/app.git", undefined],
  ["/srv/git/app.git", undefined],
  ["../app", undefined],
])("the GitLab of %s is %s", (remote, url) => {
  expect(gitlabOfRemote(remote)).toBe(url);
});
