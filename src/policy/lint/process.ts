// The command's environment and process. Pure.
import { type Finding, isWithin, type LintContext } from "./report.js";

const SECRET_NAME =
  /(?:^|_)(?:TOKEN|SECRET|SECRETS|PASSWORD|PASSWD|PASSPHRASE|APIKEY|CREDENTIALS?)(?:_|$)|(?:API|ACCESS|PRIVATE|SECRET|SIGNING|ENCRYPTION)_KEY(?:_|$)/;

/** Beginnings that take in variables which hold keys: a star after a short text passes them all. */
const SECRET_FAMILIES = [
  "AWS_SECRET_ACCESS_KEY",
  "ANTHROPIC_API_KEY",
  "OPENAI_API_KEY",
  "GITHUB_TOKEN",
  "GH_TOKEN",
  "NPM_TOKEN",
  "SECRET_KEY",
  "API_KEY",
];

function looksSecret(pattern: string): boolean {
  if (!pattern.endsWith("*")) return SECRET_NAME.test(pattern);
  const beginning = pattern.slice(0, -1);
  return SECRET_NAME.test(beginning) || SECRET_FAMILIES.some((name) => name.startsWith(beginning));
}

export function* lintProcess(context: LintContext): Generator<Finding> {
  const { env, seccomp } = context.settings.process;
  for (const [index, name] of env.pass.entries()) {
    if (!looksSecret(name)) continue;
    yield {
      severity: "warning",
      path: `process.env.pass.${index}`,
      code: "env-secret",
      message: `${name} looks like a key, and the command would hold it`,
      hint: "a key in `secrets` is usable without being readable",
    };
  }
  for (const [name, value] of Object.entries(env.set)) {
    if (!SECRET_NAME.test(name) || value.length < 8) continue;
    yield {
      severity: "warning",
      path: `process.env.set.${name}`,
      code: "env-secret",
      message: `${name} looks like a key, written in the policy and held by the command`,
      hint: "a key in `secrets` is usable without being readable",
    };
  }
  const { workspace } = context.settings;
  if (seccomp.startsWith("/") && workspace.mode !== "read" && isWithin(seccomp, workspace.path)) {
    yield {
      severity: "error",
      path: "process.seccomp",
      code: "seccomp-writable",
      message: `the command could rewrite its own system-call filter, ${seccomp}`,
    };
  }
}
