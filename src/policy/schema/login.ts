// The parts of `secrets` about logins and about keys of an ssh-agent. Pure.
import { readPathText, readSecretName } from "../atoms.js";
import { readAgentKey, readMember, readTokenEndpoint } from "../login.js";
import { section, texts, toggle, written } from "./kit.js";

export const login = section(
  {
    endpoints: texts(readTokenEndpoint, {
      description:
        "Where its tokens are given out. What is answered there is kept outside: inside, placeholders stand in the tokens' places.",
      example: ["auth.example.com/oauth/token"],
    }),
    file: written(readPathText, {
      description: "The file of JSON, in the home, in which the command keeps the login.",
      example: "~/.example/auth.json",
    }),
    share: toggle({
      description:
        "Use the user's own login out of that file when it is there. Tokens that are renewed inside are written back to it. Default false: the command logs in by itself.",
      example: true,
    }),
    access: written(readMember, {
      description: "Where the access token stands in the file.",
      example: "tokens.access_token",
    }),
    refresh: written(readMember, {
      description: "Where the refresh token stands. It is put into requests to `endpoints` only.",
      example: "tokens.refresh_token",
    }),
    id: written(readMember, {
      description: "Where the identity token stands. It is put into requests to `endpoints` only.",
      example: "tokens.id_token",
    }),
    expires: written(readMember, {
      description: "Where the access token's end stands: seconds, milliseconds or a date.",
      example: "expires_at",
    }),
    refreshed: written(readMember, {
      description: "Where it stands when the tokens were last renewed.",
      example: "last_refresh",
    }),
    keep: texts(readMember, {
      description: "What else of the user's file is seen inside. Nothing by default: such files hold other keys, too.",
      example: ["tokens.account_id"],
    }),
  },
  { description: "A login with tokens that are renewed (OAuth), instead of one fixed value." },
);

export const agentKeys = section(
  {
    keys: texts(readAgentKey, {
      description: "Which keys of the agent: fingerprints (`ssh-add -l` shows them), or whole comments.",
      example: ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "ada@work"],
    }),
    knownHosts: texts(readPathText, {
      description:
        "Where the keys of `hosts` stand. Default: your ~/.ssh/known_hosts and known_hosts2, and /etc/ssh/ssh_known_hosts.",
      example: ["~/.ssh/known_hosts_work"],
    }),
    confirm: toggle({
      description: "Ask before each signature, with the program that $SSH_ASKPASS names.",
      example: true,
    }),
  },
  {
    description:
      "Keys of the user's ssh-agent, to log in at `hosts`: they sign for a session with one of those and for nothing else.",
  },
);

export const awsKey = section(
  { id: written(readSecretName, { description: "The secret with the access key's id.", example: "aws-id" }) },
  {
    description:
      "It is a secret access key of AWS: requests that were signed with its placeholder (Signature Version 4) are signed anew. It is never sent itself.",
  },
);
