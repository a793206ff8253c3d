// One made-up secret of each known format. They are put together here so that no scanner of repositories takes them for real ones.
import { checkSumOf } from "./checks.js";

interface Example {
  readonly what: string;
  readonly text: string;
  readonly plainOnly?: true;
}

/** The same letters on every call, without a pattern that would look made by hand. */
export function letters(count: number, alphabet: string, seed = 7): string {
  let state = seed;
  let text = "";
  while (text.length < count) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += alphabet[(state >>> 16) % alphabet.length] ?? "";
  }
  return text;
}

const HEX = "0123456789abcdef";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ALNUM = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64 = `${ALNUM}+/`;
const alnum = (count: number, seed?: number) => letters(count, ALNUM, seed);

export function gitHubToken(prefix = "ghp", seed = 7): string {
  const random = alnum(30, seed);
  return `${prefix}_${random}${checkSumOf(random)}`;
}

const pem = (kind: string, end = "\n") =>
  [`-----BEGIN ${kind}-----`, ...[1, 2, 3].map((seed) => letters(64, BASE64, seed)), `-----END ${kind}-----`].join(end);
const jwt = [
  { alg: "HS256", typ: "JWT" },
  { sub: "a", exp: 1_900_000_000 },
]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .join(".");

export const EXAMPLES: readonly Example[] = [
  { what: "a private key", text: pem("RSA PRIVATE KEY") },
  { what: "a private key", text: pem("PRIVATE KEY", "\\n") },
  { what: "a private key", text: pem("OPENSSH PRIVATE KEY", "\r\n") },
  { what: "a PGP private key", text: pem("PGP PRIVATE KEY BLOCK").replace("\n", "\nComment: x\n\n") },
  { what: "an OpenSSH private key", text: `openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none` },
  { what: "a PuTTY private key", text: ["PuTTY-User-Key-File-3: ssh-ed25519", "Encryption: none", ""].join("\r\n") },
  { what: "an age secret key", text: `AGE-SECRET-KEY-${"1"}${letters(58, UPPER)}` },
  { what: "a password hash of /etc/shadow", text: `root:$6$${alnum(16)}$${alnum(86)}:19000:0:99999:7:::` },
  { what: "a password hash of /etc/shadow", text: `me:$y$j9T$${alnum(22)}$${alnum(43)}:19000:0:` },
  { what: "a login of a .netrc file", text: `machine api.acme.io\n  login me\n  password ${alnum(20)} ` },
  { what: "an address of a database with its password", text: `postgres://app:${alnum(18)}@db.acme.io:5432/x` },
  { what: "an issued token (JWT)", text: `${jwt}.${letters(43, ALNUM)}` },
  ...["ghp", "gho", "ghu", "ghs"].map((prefix) => ({ what: "a GitHub token", text: gitHubToken(prefix) })),
  { what: "a GitHub token", text: `ghr_${alnum(76)}` },
  { what: "a GitHub token", text: `github_pat_${alnum(22)}_${alnum(59)}` },
  { what: "a GitLab token", text: `glpat-${alnum(20)}` },
  { what: "an npm token", text: `npm_${alnum(36)}` },
  { what: "a PyPI token", text: `pypi-AgEIcHlwaS5vcmc${alnum(120)}` },
  { what: "a RubyGems token", text: `rubygems_${letters(48, HEX)}` },
  { what: "a Docker Hub token", text: `dckr_pat_${alnum(27)}` },
  { what: "an Atlassian token", text: `ATATT3xFfGF0${alnum(160)}` },
  { what: "an AWS secret key", text: `AKIA${letters(16, UPPER)}", "secret": "${letters(40, BASE64)}"` },
  { what: "an AWS secret key", text: `aws_secret_access_key = ${letters(40, BASE64)}` },
  { what: "an Anthropic key", text: `sk-ant-api03-${alnum(95)}` },
  { what: "an OpenAI key", text: `sk-proj-${alnum(60)}T3BlbkFJ${alnum(60)}` },
  { what: "an OpenAI key", text: `sk-${alnum(20)}T3BlbkFJ${alnum(20)}` },
  { what: "an OpenRouter key", text: `sk-or-v1-${letters(64, HEX)}` },
  { what: "a Hugging Face token", text: `hf_${letters(34, ALNUM.slice(10))}` },
  { what: "a Groq key", text: `gsk_${alnum(52)}` },
  { what: "a Google API key", text: `AIza${alnum(35)}` },
  { what: "a Google client secret", text: `GOCSPX-${alnum(28)}` },
  { what: "an Azure storage key", text: `AccountKey=${letters(86, BASE64)}==;` },
  { what: "a DigitalOcean token", text: `dop_v1_${letters(64, HEX)}` },
  { what: "a Vault token", text: `hvs.${alnum(92)}` },
  { what: "a Databricks token", text: `dapi${letters(32, HEX)}` },
  { what: "a Tailscale key", text: `tskey-auth-${alnum(12)}-${alnum(32)}` },
  { what: "a Grafana token", text: `glsa_${alnum(32)}_${letters(8, HEX)}` },
  { what: "a Slack token", text: `xoxb-${letters(12, "1357902468")}-${alnum(36)}` },
  {
    what: "a Slack webhook",
    text: `https://hooks.slack.com/services/T${letters(9, UPPER)}/B${letters(9, UPPER)}/${alnum(24)}`,
  },
  { what: "a Stripe key", text: `sk_live_${alnum(24)}` },
  { what: "a SendGrid key", text: `SG.${alnum(22)}.${alnum(43)}` },
  { what: "a Twilio token", text: `TWILIO_AUTH_TOKEN=${letters(32, HEX)}` },
  { what: "a Telegram bot token", text: `5839201745:AA${alnum(33)}`, plainOnly: true },
  { what: "a Discord webhook", text: `https://discord.com/api/webhooks/834920184756102934/${alnum(68)}` },
  {
    what: "a Discord bot token",
    text: `${Buffer.from("834920184756102934").toString("base64")}.${alnum(6)}.${alnum(38)}`,
    plainOnly: true,
  },
  { what: "a Shopify token", text: `shpat_${letters(32, HEX)}` },
  { what: "a Linear key", text: `lin_api_${alnum(40)}` },
];
