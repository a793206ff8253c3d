// Which kind of question `cordon why` was asked. A text that could be both a file and a host is a file when it exists.
import { CordonError } from "../../core/error.js";
import { type HostPort, readHostRule } from "../../policy/hosts.js";
import { pathFrom } from "../paths.js";
import type { WhyRequest } from "../why.js";

export type Question =
  | { readonly kind: "env"; readonly name: string }
  | ({ readonly kind: "host" } & HostPort)
  | { readonly kind: "path"; readonly path: string };

export function readQuestion(request: WhyRequest, text: string): Question {
  const name = /^env\s+([^\s=]+)$/.exec(text)?.[1];
  if (name !== undefined) return { kind: "env", name };
  if (text === "")
    throw new CordonError("usage", "there is no question", { hint: "cordon why HOST[:PORT] | PATH | env NAME" });
  const { home } = request.view.facts.user;
  if (text === "~" || text.startsWith("~/")) return { kind: "path", path: pathFrom("/", `${home}${text.slice(1)}`) };
  const path = pathFrom(request.cwd, text);
  const url = /^https?:\/\/([^/?#@]+)/i.exec(text)?.[1];
  if (url === undefined && (text.includes("/") || text === "." || text === "..")) return { kind: "path", path };
  const host = readHostRule(url ?? text);
  if (!host.ok) return { kind: "path", path };
  const port = host.value.port ?? (url === undefined ? undefined : text.toLowerCase().startsWith("https") ? 443 : 80);
  if (url !== undefined || host.value.port !== undefined) return { kind: "host", host: host.value.host, port };
  const looksLikeHost = text.includes(".") || text === "localhost";
  const isFile = request.view.kind(path) !== undefined;
  return looksLikeHost && !isFile ? { kind: "host", host: host.value.host, port } : { kind: "path", path };
}
