// The known formats of secrets of services, as data; see formats.ts for what a format must be.
import { isRandom } from "./checks.js";
import type { Format } from "./formats.js";
import { type Part, run } from "./shape.js";

const ALNUM = "A-Za-z0-9";
const WORD = "A-Za-z0-9_-";
const HEX = "a-f0-9";
const AWS_SECRET = run("A-Za-z0-9+/", 40);
/** Between a name and its value, in any notation: `: "`, `=`, `":"`, ` = '`. */
const TO_VALUE = run("\\s\\\\\"'=:>,", 1, 12);

/** A prefix and random characters, as most services have it. */
function token(what: string, prefixes: readonly string[], ...rest: readonly Part[]): Format {
  const hexadecimal = rest.some((part) => typeof part === "object" && "set" in part && part.set === HEX);
  return { what, prefixes, rest, check: (_whole, after) => isRandom(after, hexadecimal ? 3 : 3.4) };
}

const AMAZON: readonly Format[] = [
  {
    what: "an AWS secret key",
    prefixes: ["AKIA", "ASIA"],
    // The name of a key is no secret and stands in every signed address; the key beside it is one.
    rest: [run("A-Z2-7", 16), run("\\s\\\\\"'=:>,;|&{}()a-zA-Z_-", 1, 80), AWS_SECRET],
    check: (whole) => isAwsSecret(whole.slice(-40)) && !/EXAMPLE/.test(whole),
  },
  {
    what: "an AWS secret key",
    prefixes: [
      "aws_secret_access_key",
      "AWS_SECRET_ACCESS_KEY",
      "SecretAccessKey",
      "secretAccessKey",
      "aws_secret_key",
      "AWS_SECRET_KEY",
    ],
    rest: [TO_VALUE, AWS_SECRET],
    before: /(?:)/,
    check: (whole) => isAwsSecret(whole.slice(-40)),
  },
  { what: "an Amazon Bedrock key", prefixes: ["ABSKQmVkcm9ja0FQSUtleS"], rest: [run("A-Za-z0-9+/=", 90, 200)] },
];

function isAwsSecret(text: string): boolean {
  return isRandom(text, 4) && /\d/.test(text) && /[a-z]/.test(text) && /[A-Z]/.test(text);
}

const MODELS: readonly Format[] = [
  token("an Anthropic key", ["sk-ant-"], run("a-z0-9", 3, 12), "-", run(WORD, 60, 140)),
  token("an OpenAI key", ["sk-proj-", "sk-svcacct-", "sk-admin-"], run(WORD, 40, 220)),
  { what: "an OpenAI key", prefixes: ["sk-"], rest: [run(ALNUM, 20), "T3BlbkFJ", run(ALNUM, 20)] },
  token("an OpenRouter key", ["sk-or-v1-"], run(HEX, 64)),
  token("a Hugging Face token", ["hf_"], run("A-Za-z", 34)),
  token("a Groq key", ["gsk_"], run(ALNUM, 52)),
  token("an xAI key", ["xai-"], run(ALNUM, 80)),
  token("a Perplexity key", ["pplx-"], run(ALNUM, 48)),
  token("a Replicate token", ["r8_"], run(ALNUM, 37)),
];

const CLOUDS: readonly Format[] = [
  { ...token("a Google API key", ["AIza"], run(WORD, 35)), usualInUrl: true },
  token("a Google client secret", ["GOCSPX-"], run(WORD, 28)),
  token("a Google access token", ["ya29."], run(WORD, 60, 400)),
  {
    what: "an Azure storage key",
    prefixes: ["AccountKey=", "SharedAccessKey="],
    rest: [run("A-Za-z0-9+/", 43, 86), "="],
    before: /(?:)/,
    check: (_whole, rest) => isRandom(rest, 4) && !/^Eby8vdM02xNOcqFl/.test(rest),
  },
  token("a DigitalOcean token", ["dop_v1_", "doo_v1_", "dor_v1_"], run(HEX, 64)),
  token("a Vault token", ["hvs.", "hvb."], run(WORD, 60, 240)),
  token("a Terraform token", [".atlasv1."], run(WORD, 60, 70)),
  token("a Pulumi token", ["pul-"], run(HEX, 40)),
  token("a Databricks token", ["dapi"], run(HEX, 32)),
  token("a Supabase token", ["sbp_"], run(HEX, 40)),
  token("a PlanetScale token", ["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], run("A-Za-z0-9_.-", 32, 64)),
  token("a Tailscale key", ["tskey-auth-", "tskey-api-", "tskey-client-"], run(ALNUM, 8, 24), "-", run(ALNUM, 20, 48)),
  token("a Grafana token", ["glsa_"], run(ALNUM, 32), "_", run("a-fA-F0-9", 8)),
  token("a New Relic key", ["NRAK-"], run("A-Z0-9", 27)),
  token("a Doppler token", ["dp.pt.", "dp.st.", "dp.sa."], run("A-Za-z0-9_.", 40, 80)),
];

const SERVICES: readonly Format[] = [
  token(
    "a Slack token",
    ["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-"],
    run("0-9", 8, 14),
    "-",
    run("A-Za-z0-9-", 20, 160),
  ),
  token("a Slack token", ["xapp-1-", "xoxe-1-", "xoxe.xoxp-1-"], run(WORD, 40, 300)),
  token(
    "a Slack webhook",
    ["hooks.slack.com/services/T"],
    run("A-Z0-9", 7, 12),
    "/B",
    run("A-Z0-9", 7, 12),
    "/",
    run(ALNUM, 20, 30),
  ),
  token("a Stripe key", ["sk_live_", "rk_live_"], run(ALNUM, 24, 247)),
  token("a SendGrid key", ["SG."], run(WORD, 22), ".", run(WORD, 43)),
  {
    what: "a Twilio token",
    prefixes: ["TWILIO_AUTH_TOKEN", "twilio_auth_token", "TWILIO_API_SECRET"],
    rest: [TO_VALUE, run(ALNUM, 32)],
    check: (whole) => isRandom(whole.slice(-32), 3),
  },
  {
    what: "a Telegram bot token",
    prefixes: [":AA"],
    rest: [run(WORD, 33)],
    before: /(?<![A-Za-z0-9])(?:bot)?[0-9]{8,10}$/,
    check: (_whole, rest) => isRandom(rest, 3.4),
    plainOnly: true,
    usualInUrl: true,
  },
  token(
    "a Discord webhook",
    ["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
    run("0-9", 17, 20),
    "/",
    run(WORD, 60, 80),
  ),
  {
    // The first part is the number of an account in base64: its first three digits make these beginnings.
    what: "a Discord bot token",
    prefixes: Array.from({ length: 900 }, (_, index) => Buffer.from(String(index + 100)).toString("base64")),
    rest: [run("A-Za-z0-9", 20, 24), ".", run(WORD, 6), ".", run(WORD, 27, 38)],
    check: (whole, rest) =>
      isRandom(rest, 3.4) && /^\d{17,20}$/.test(Buffer.from(whole.split(".")[0] ?? "", "base64").toString("latin1")),
    plainOnly: true,
  },
  token("a Shopify token", ["shpat_", "shpca_", "shppa_", "shpss_"], run("a-fA-F0-9", 32)),
  token("a Linear key", ["lin_api_"], run(ALNUM, 40)),
  token("a Postman key", ["PMAK-"], run(HEX, 24), "-", run(HEX, 34)),
  token("a Figma token", ["figd_"], run(WORD, 38, 48)),
  token("a Square token", ["sq0csp-", "sq0atp-"], run(WORD, 22, 43)),
];

export const CLOUD_FORMATS: readonly Format[] = [...AMAZON, ...MODELS, ...CLOUDS, ...SERVICES];
