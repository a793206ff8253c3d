// What a rule for one GitHub repository lets through: git's smart HTTP, archives and raw files of it, and of the REST API reading it and,
// with access to push, its git data, contents, pull requests and issues. Anything else of these hosts is refused, never guessed: settings,
// hooks, keys, collaborators, secrets, releases, GraphQL (whose bodies name repositories by ids), and LFS (whose objects lie elsewhere).
import type { NetworkRule } from "../../plan/types.js";
import type { Denied, RequestFacts, Target } from "../types.js";
import { ambiguousPath, wrongRepository } from "./advice.js";
import { canonicalPath, matchesPath } from "./url-path.js";

const READ_METHODS = ["GET", "HEAD"];

/** Parts of a repository that may be written with access to push, below `/repos/OWNER/REPO/`. */
const WRITABLE: readonly (readonly [string, readonly string[]])[] = [
  ["git/blobs", ["POST"]],
  ["git/trees", ["POST"]],
  ["git/commits", ["POST"]],
  ["git/tags", ["POST"]],
  ["git/refs", ["POST"]],
  ["git/refs/*/**", ["PATCH", "DELETE"]],
  ["contents/*/**", ["PUT", "DELETE"]],
  ["merges", ["POST"]],
  ["pulls", ["POST"]],
  ["pulls/*", ["PATCH"]],
  ["pulls/*/merge", ["PUT"]],
  ["pulls/*/update-branch", ["PUT"]],
  ["pulls/*/comments", ["POST"]],
  ["pulls/*/comments/*/replies", ["POST"]],
  ["pulls/comments/*", ["PATCH", "DELETE"]],
  ["pulls/*/reviews", ["POST"]],
  ["pulls/*/reviews/*", ["PUT", "DELETE"]],
  ["pulls/*/reviews/*/events", ["POST"]],
  ["pulls/*/reviews/*/dismissals", ["PUT"]],
  ["pulls/*/requested_reviewers", ["POST", "DELETE"]],
  ["issues", ["POST"]],
  ["issues/*", ["PATCH"]],
  ["issues/*/comments", ["POST"]],
  ["issues/comments/*", ["PATCH", "DELETE"]],
  ["issues/*/labels", ["POST", "PUT", "DELETE"]],
  ["issues/*/labels/*", ["DELETE"]],
  ["issues/*/assignees", ["POST", "DELETE"]],
  ["issues/*/lock", ["PUT", "DELETE"]],
  ["issues/*/reactions", ["POST"]],
  ["issues/*/reactions/*", ["DELETE"]],
];

/** Pages of github.com below a repository that are files of it. */
const WEB_FILES = [
  "archive/**",
  "raw/**",
  "tarball/**",
  "zipball/**",
  "releases/download/**",
  "releases/latest/download/**",
];

/** Whether one part below a repository may be asked for: `rest` has no slash at its beginning. */
interface Question {
  readonly rest: string;
  readonly method: string;
  readonly query: string;
  readonly contentType: string | undefined;
  readonly access: "read" | "push";
}

/** Nothing when the rule lets the request through. `target` is one of the hosts of GITHUB_HOSTS. */
export function judgeRepository(rule: NetworkRule, target: Target, facts: RequestFacts): Denied | undefined {
  const { github } = rule;
  if (github === undefined) return undefined;
  const canonical = canonicalPath(facts.path);
  if (!canonical.ok) return ambiguousPath(target, canonical.why, rule);
  const refused = (what: string) => wrongRepository(target, what, rule);
  const rest = restBelow(canonical.path, target.host, github.repository);
  if (rest === undefined) {
    const graphql = target.host === "api.github.com" && canonical.path === "/graphql";
    return refused(graphql ? "GraphQL (use the REST API)" : "another repository or page");
  }
  const query = facts.path.includes("?") ? facts.path.slice(facts.path.indexOf("?") + 1) : "";
  const contentType = oneValue(facts.headers["content-type"]);
  const question: Question = { rest, method: facts.method, query, contentType, access: github.access };
  const what = wrongQuestion(target.host, question);
  return what === undefined ? undefined : refused(what);
}

/** What lies below the repository, "" for itself; undefined for everything else. GitHub takes owners and names in any case. */
function restBelow(path: string, host: string, repository: string): string | undefined {
  const segments = path.slice(1).split("/");
  if (host === "api.github.com" && segments.shift() !== "repos") return undefined;
  const [owner = "", name = "", ...rest] = segments;
  const withoutSuffix = (text: string) => text.toLowerCase().replace(/\.git$/, "");
  const asked = host === "github.com" ? withoutSuffix(name) : name.toLowerCase();
  if (owner === "" || asked === "") return undefined;
  return `${owner.toLowerCase()}/${asked}` === withoutSuffix(repository) ? rest.join("/") : undefined;
}

/** What about the question isn't allowed. */
function wrongQuestion(host: string, question: Question): string | undefined {
  const reads = READ_METHODS.includes(question.method);
  switch (host) {
    case "github.com":
      return wrongGit(question, reads);
    case "api.github.com":
      return reads || isWritable(question) ? undefined : `${shown(question.method)} to that part of the repository`;
    case "codeload.github.com":
    case "raw.githubusercontent.com":
      return reads && question.rest !== "" ? undefined : "anything but reading files";
    default:
      return "this host";
  }
}

function isWritable({ rest, method, access }: Question): boolean {
  if (access !== "push") return false;
  return WRITABLE.some(([glob, methods]) => methods.includes(method) && matchesPath(`/${glob}`, `/${rest}`));
}

const SERVICES = ["git-upload-pack", "git-receive-pack"];

/** Smart HTTP has one GET with an exact query, and one POST with an exact content type, for each of its two services. */
function wrongGit({ rest, method, query, contentType, access }: Question, reads: boolean): string | undefined {
  const service = rest === "info/refs" ? SERVICES.find((each) => query === `service=${each}`) : rest;
  if (service === undefined || !SERVICES.includes(service)) {
    const file = reads && WEB_FILES.some((glob) => matchesPath(`/${glob}`, `/${rest}`));
    return file ? undefined : "anything but fetching, pushing and files of the repository";
  }
  if (service === "git-receive-pack" && access !== "push") return "pushing";
  if (rest === "info/refs") return reads ? undefined : `${shown(method)} to a list of references`;
  if (method !== "POST" || query !== "") return `${shown(method)} to a service of git`;
  return contentType === undefined || contentType === `application/x-${service}-request`
    ? undefined
    : "a content type that isn't git's";
}

/** A method is a token, but it comes from inside. */
function shown(method: string): string {
  return /^[A-Za-z-]{1,20}$/.test(method) ? method : "that method";
}

/** Several values are as good as a wrong one. */
function oneValue(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return value.length === 1 ? value[0] : value.join("\n");
}
