// The first cordon.yaml of a folder, written from the names that are found in it. Pure: only names are looked at, never
// contents, so nothing that an agent wrote can choose what the file says.

interface Toolchain {
  readonly files: readonly string[];
  readonly what: string;
  readonly hosts: readonly string[];
}

const TOOLCHAINS: readonly Toolchain[] = [
  { files: ["package.json"], what: "npm packages", hosts: ["registry.npmjs.org:443"] },
  { files: ["Cargo.toml"], what: "Rust crates", hosts: ["index.crates.io:443", "static.crates.io:443"] },
  { files: ["go.mod"], what: "Go modules", hosts: ["proxy.golang.org:443", "sum.golang.org:443"] },
  {
    files: ["pyproject.toml", "requirements.txt", "setup.py", "Pipfile"],
    what: "Python packages",
    hosts: ["pypi.org:443", "files.pythonhosted.org:443"],
  },
  { files: ["Gemfile"], what: "Ruby gems", hosts: ["rubygems.org:443", "index.rubygems.org:443"] },
  { files: ["composer.json"], what: "PHP packages", hosts: ["repo.packagist.org:443"] },
  {
    files: ["pom.xml", "build.gradle", "build.gradle.kts"],
    what: "Java packages",
    hosts: ["repo.maven.apache.org:443"],
  },
];

const AGENTS: readonly { readonly profile: string; readonly files: readonly string[] }[] = [
  { profile: "claude-code", files: [".claude", "CLAUDE.md"] },
  { profile: "codex", files: [".codex"] },
  { profile: "gemini-cli", files: [".gemini", "GEMINI.md"] },
  { profile: "opencode", files: [".opencode", "opencode.json", "opencode.jsonc"] },
  { profile: "pi", files: [".pi"] },
  { profile: "aider", files: [".aider.conf.yml"] },
];

export interface Starter {
  readonly text: string;
  /** What was found and what was made of it, a line each. */
  readonly notes: readonly string[];
}

/** A folder's name as a policy's name. */
function nameFrom(folder: string): string {
  const name = folder
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 64);
  return name === "" ? "workspace" : name;
}

/** `folder`: its own name; `entries`: the names in it. */
export function starterPolicy(folder: string, entries: readonly string[]): Starter {
  const found = (files: readonly string[]) => files.find((file) => entries.includes(file));
  const agents = AGENTS.flatMap((agent) => {
    const file = found(agent.files);
    return file === undefined ? [] : [{ profile: agent.profile, file }];
  });
  const toolchains = TOOLCHAINS.filter((toolchain) => found(toolchain.files) !== undefined);
  const notes = [
    ...agents.map(
      ({ profile, file }, index) => `${file}: the profile ${profile}${index === 0 ? "" : " (as a comment)"}`,
    ),
    ...toolchains.map((toolchain) => `${found(toolchain.files)}: hosts for ${toolchain.what} (as comments)`),
    ...(entries.includes(".git") ? [".git: hooks and settings stay read-only, as they do by default"] : []),
  ];
  return {
    text: textOf(
      nameFrom(folder),
      agents.map((agent) => agent.profile),
      toolchains,
    ),
    notes,
  };
}

function textOf(name: string, profiles: readonly string[], toolchains: readonly Toolchain[]): string {
  const [profile, ...others] = profiles;
  const lines = [
    "# What the command may do here. Everything that isn't granted is denied.",
    "# cordon check validates this file; cordon explain says what it means on this host.",
    "version: 1",
    `name: ${JSON.stringify(name)}`,
    profile === undefined
      ? "# extends: [claude-code]   # the built-in profiles: cordon profile ls"
      : `extends: [${profile}]`,
    ...others.map((other) => `# also found here: ${other}`),
    "",
    "workspace:",
    "  mode: write",
    "",
    "filesystem:",
    '  deny: ["**/.env"]          # hidden inside',
    "",
    "network:",
    "  allow: []",
    ...toolchains.flatMap((toolchain) => [
      `    # ${toolchain.what}:`,
      ...toolchain.hosts.map((host) => `    # - ${host}`),
    ]),
    "    # a service of your own:",
    "    # - api.example.com",
    "",
    "# limits: { memory: 4G, time: 2h }",
    "",
  ];
  return lines.join("\n");
}
