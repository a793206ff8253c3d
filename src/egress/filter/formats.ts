// The known formats of secrets, as data. A format belongs here only if ordinary code, JSON and base64 hold nothing like it: an agent's
// work stops at every false alarm. What is told of a finding is `what` and never a byte of it.
import { hasCheckSum, isIssuedToken, isLiveUrl, isPassword, isRandom } from "./checks.js";
import { CLOUD_FORMATS } from "./formats-services.js";
import { type Part, run } from "./shape.js";

export interface Format {
  readonly what: string;
  /** What it begins with, one of these: three characters at least, searched for before anything else is looked at. */
  readonly prefixes: readonly string[];
  /** What follows the prefix. */
  readonly rest: readonly Part[];
  /** What must come before, in up to 128 characters; by default anything but a letter, digit or underscore. */
  readonly before?: RegExp;
  /** A second look, at the whole or at what follows the prefix. */
  readonly check?: (whole: string, rest: string) => boolean;
  /** Looked for as it stands only, and not inside of base64 or hexadecimal digits. */
  readonly plainOnly?: true;
  /** Belongs into addresses: isn't looked for in paths and queries. */
  readonly usualInUrl?: true;
}

const BASE64 = "A-Za-z0-9+/";
const ALNUM = "A-Za-z0-9";
/** Whatever follows. */
const MORE: Part = { oneOf: [""] };
const ANY: RegExp = /(?:)/;
const DAYS = [":", run("0-9", 0, 7), ":"];
const CRYPT = "./A-Za-z0-9";

const KEYS: readonly Format[] = [
  {
    what: "a private key",
    prefixes: ["RSA ", "DSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "ANY ", "SSH2 ENCRYPTED ", ""].flatMap((kind) => {
      const line = `-----BEGIN ${kind}PRIVATE KEY-----`;
      // As forms write spaces.
      return [line, line.replaceAll(" ", "+")];
    }),
    // Line breaks as they are or as code writes them; the header lines of an encrypted key are letters, digits and the like.
    rest: [run("\\s\\\\\"'+,:()nrA-Za-z0-9-", 0, 160), run(BASE64, 40), MORE],
    before: ANY,
    check: (_whole, rest) => isRandom(rest.slice(-40), 3.2) && /[a-z]/.test(rest.slice(-40)),
  },
  {
    what: "a PGP private key",
    prefixes: ["-----BEGIN PGP PRIVATE KEY BLOCK-----"],
    rest: [run("\\s\\\\\"'+,:().@<>A-Za-z0-9-", 0, 300), run(BASE64, 40), MORE],
    before: ANY,
    check: (_whole, rest) => isRandom(rest.slice(-40), 3.2),
  },
  {
    what: "an OpenSSH private key",
    prefixes: ["openssh-key-v1\0\0\0\0"],
    rest: [run("\\x00-\\x20", 1), run("a-z0-9@.-", 4, 40), "\0\0\0"],
    before: ANY,
  },
  {
    what: "a PuTTY private key",
    prefixes: ["PuTTY-User-Key-File-"],
    rest: [run("0-9", 1), ": ", run("a-z0-9-", 3, 40), run("\\r\\n", 1, 2), "Encryption: "],
  },
  {
    what: "an age secret key",
    prefixes: ["AGE-SECRET-KEY-1"],
    rest: [run("A-Z0-9", 58)],
    check: (_whole, rest) => isRandom(rest, 3.2),
  },
];

const ACCOUNTS: readonly Format[] = [
  {
    what: "a password hash of /etc/shadow",
    prefixes: [":$6$", ":$5$", ":$1$"],
    rest: [run(`=${CRYPT}`, 0, 24), { oneOf: ["$", ""] }, run(CRYPT, 1, 16), "$", run(CRYPT, 22, 86), ...DAYS],
    before: /[a-z0-9_-]$/i,
  },
  {
    what: "a password hash of /etc/shadow",
    prefixes: [":$y$", ":$gy$", ":$7$", ":$2b$", ":$2y$", ":$2a$"],
    rest: [run(`$${CRYPT}`, 40, 140), ...DAYS],
    before: /[a-z0-9_-]$/i,
  },
  {
    what: "a login of a .netrc file",
    prefixes: ["machine "],
    rest: [
      run("A-Za-z0-9._-", 3, 120),
      run("\\s\\\\n", 1, 12),
      "login ",
      run("\\x21-\\x7e", 1, 80),
      run("\\s\\\\n", 1, 12),
      "password ",
      run("\\x21-\\x7e", 8, 200),
    ],
    check: (whole) => isPassword(/\S+$/.exec(whole)?.[0] ?? ""),
  },
  {
    what: "an address of a database with its password",
    prefixes: [
      "postgres://",
      "postgresql://",
      "mysql://",
      "mariadb://",
      "mongodb://",
      "mongodb+srv://",
      "redis://",
      "rediss://",
      "amqp://",
      "amqps://",
    ],
    rest: [
      run("A-Za-z0-9._%-", 0, 80),
      ":",
      run("\\x21-\\x2e\\x30-\\x3f\\x41-\\x7e", 8, 120),
      "@",
      run("A-Za-z0-9.-", 4, 120),
    ],
    check: isLiveUrl,
  },
  {
    what: "an issued token (JWT)",
    prefixes: ["eyJhbGciOi", "eyJ0eXAiOi", "eyJraWQiOi"],
    rest: [run("A-Za-z0-9_-", 10, 400), ".eyJ", run("A-Za-z0-9_-", 20, 1400), ".", run("A-Za-z0-9_-", 32, 200)],
    // Exchanged for others in the ordinary way, by programs that sign themselves in.
    before:
      /(?<!(?:assertion|subject_token|actor_token|id_token_hint|WebIdentityToken)(?:%22|["'])?\s{0,2}(?:[:=]|%3A)\s{0,2}(?:%22|["'])?)(?<![A-Za-z0-9_])$/i,
    check: isIssuedToken,
  },
];

/** `prefix_`, thirty random characters and the check sum of these. */
const CODE_HOSTS: readonly Format[] = [
  {
    what: "a GitHub token",
    prefixes: ["ghp_", "gho_", "ghu_", "ghs_"],
    rest: [run(ALNUM, 36)],
    check: (_whole, rest) => hasCheckSum(rest),
  },
  { what: "a GitHub token", prefixes: ["ghr_"], rest: [run(ALNUM, 76)], check: (_whole, rest) => isRandom(rest, 4) },
  {
    what: "a GitHub token",
    prefixes: ["github_pat_"],
    rest: [run(ALNUM, 22), "_", run(ALNUM, 59)],
    check: (_whole, rest) => isRandom(rest, 4),
  },
  {
    what: "a GitLab token",
    prefixes: ["glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-", "glagent-"],
    rest: [run("A-Za-z0-9_.-", 20, 120)],
    check: (_whole, rest) => isRandom(rest, 3.3) && /\d/.test(rest),
  },
  {
    what: "an npm token",
    prefixes: ["npm_"],
    rest: [run(ALNUM, 36)],
    check: (_whole, rest) => isRandom(rest, 3.7) && /\d/.test(rest),
  },
  {
    what: "a PyPI token",
    prefixes: ["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"],
    rest: [run("A-Za-z0-9_-", 50, 800)],
    check: (_whole, rest) => isRandom(rest, 3.7),
  },
  {
    what: "a RubyGems token",
    prefixes: ["rubygems_"],
    rest: [run("a-f0-9", 48)],
    check: (_whole, rest) => isRandom(rest, 3),
  },
  {
    what: "a Docker Hub token",
    prefixes: ["dckr_pat_", "dckr_oat_"],
    rest: [run("A-Za-z0-9_-", 27, 40)],
    check: (_whole, rest) => isRandom(rest, 3.5),
  },
  {
    what: "an Atlassian token",
    prefixes: ["ATATT3xFfGF0"],
    rest: [run("A-Za-z0-9_=-", 100, 240)],
    check: (_whole, rest) => isRandom(rest, 3.7),
  },
];

export const FORMATS: readonly Format[] = [...KEYS, ...ACCOUNTS, ...CODE_HOSTS, ...CLOUD_FORMATS];
