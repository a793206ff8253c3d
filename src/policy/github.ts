// The hosts that a rule for one GitHub repository opens, each for that repository only: git and downloads, the REST API, archives, raw files.
export const GITHUB_HOSTS = [
  "github.com",
  "api.github.com",
  "codeload.github.com",
  "raw.githubusercontent.com",
] as const;
