// A server on loopback that stands for the providers' own: under their names and with a certificate for these, it speaks each one's
// protocol and answers as a scripted model does. What it was sent is the judge of what left a sandbox.
import type { Duplex } from "node:stream";
import type { Certificates } from "../egress/certificates.js";
import { bodyOf, type Exchange, openOrigin, type Site } from "../egress/origin.js";
import type { Cleanup } from "../stage.js";
import { answerCompletions, readCompletions } from "./completions.js";
import { answerJson } from "./events.js";
import { answerGenerate, readGenerate } from "./generate.js";
import { type Json, parse } from "./json.js";
import { answerMessages, readMessages } from "./messages.js";
import type { Asked, Model } from "./model.js";
import { answerResponses, readResponses } from "./responses.js";

export interface Received extends Asked {
  readonly host: string;
  readonly path: string;
  /** What came in the header for keys. */
  readonly key: string;
  readonly agent: string;
}

export interface Providers {
  readonly port: number;
  /** The same without TLS, for servers of this computer. */
  readonly plainPort: number;
  /** Requests for an answer of the model, in order. */
  readonly received: readonly Received[];
  /** Every request, one line each. */
  readonly log: readonly string[];
}

interface Protocol {
  read(path: string, body: Json): Asked | undefined;
  answer(exchange: Exchange, body: Json, model: Model, asked: Asked): void;
}

const PROTOCOLS: readonly Protocol[] = [
  { read: readMessages, answer: answerMessages },
  { read: readResponses, answer: answerResponses },
  { read: readCompletions, answer: answerCompletions },
  { read: readGenerate, answer: answerGenerate },
];

/** The workspace that a ChatGPT account works in. */
const ACCOUNT = {
  id: "account-1",
  account_id: "account-1",
  account_user_id: "user-1",
  account_user_role: "account-owner",
  name: "Ada",
  structure: "personal",
  plan_type: "plus",
  is_deactivated: false,
  is_default: true,
  profile_picture_url: null,
  profile_picture_id: null,
  organization_id: null,
  workspace_type: null,
  residency: null,
  role: "account-owner",
  workspace_backend_origin: "https://chatgpt.com",
  account_routing_override: "NO_CONSTRAINT",
};

/** What Google's interface for accounts is asked. */
const CODE_ASSIST = ["loadCodeAssist", "onboardUser", "generateContent", "streamGenerateContent"].map(
  (name) => `v1internal:${name}`,
);

export async function openProviders(cleanup: Cleanup, certificates: Certificates, model: Model): Promise<Providers> {
  const received: Received[] = [];
  const site =
    (first: string): Site =>
    async (exchange) => {
      const path = `/${first}${exchange.path === "/" ? "" : exchange.path}`;
      const body = parse(await bodyOf(exchange));
      for (const { read, answer } of PROTOCOLS) {
        const asked = exchange.method === "POST" ? read(path, body) : undefined;
        if (asked === undefined) continue;
        received.push({ ...asked, ...senderOf(exchange), path });
        answer(exchange, body, model, asked);
        return;
      }
      if (path === "/v1internal:loadCodeAssist") {
        answerJson(exchange, {
          currentTier: { id: "standard-tier", name: "Standard" },
          cloudaicompanionProject: "project",
        });
        return;
      }
      if (path === "/backend-api/wham/accounts/check") {
        answerJson(exchange, { accounts: [ACCOUNT], default_account_id: ACCOUNT.id, account_ordering: [ACCOUNT.id] });
        return;
      }
      // Whether the service is there, which some agents ask at their first start.
      if (path.endsWith("/hello")) {
        answerJson(exchange, { message: "hello" });
        return;
      }
      const error = { error: { type: "not_found_error", message: "no such route" } };
      exchange.answer(404, { "content-type": "application/json" }, JSON.stringify(error));
    };
  const sites = Object.fromEntries(
    ["api", "v1", "v1beta", "backend-api", ...CODE_ASSIST].map((first) => [first, site(first)]),
  );
  const origin = await openOrigin(cleanup, { certificates, sites, upgrade: refuseUpgrade });
  return { port: origin.tlsPort, plainPort: origin.plainPort, received, log: origin.log };
}

function senderOf({ headers, base, query }: Exchange): Pick<Received, "host" | "key" | "agent"> {
  const bearer = headers["authorization"]?.replace(/^Bearer /, "");
  const inQuery = new URLSearchParams(query).get("key");
  const key = headers["x-api-key"] ?? headers["x-goog-api-key"] ?? bearer ?? inQuery ?? "";
  return { host: base.replace(/^https?:\/\//, ""), key, agent: headers["user-agent"] ?? "" };
}

/** Clients that try a WebSocket first go on with server-sent events then. */
function refuseUpgrade(_request: unknown, socket: Duplex): void {
  socket.end("HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}
