// `cordon why`: is this host, path or variable allowed, by which line of which file, held by which mechanism. Answers come from
// the plan, not from the policy: what is true inside, links followed as the kernel would follow them there.

import { printable } from "../core/text.js";
import type { Enforcement } from "../events/types.js";
import type { HostView } from "../host/types.js";
import { formatPlace, type Place, type Policy } from "../policy/types.js";
import { writtenPlace } from "./resolve/planning.js";
import type { Plan } from "./types.js";
import { whyEnv } from "./why/env.js";
import { whyHost } from "./why/host.js";
import { whyPath } from "./why/path.js";
import { readQuestion } from "./why/question.js";

export interface WhyRequest {
  readonly plan: Plan;
  readonly policy: Policy;
  readonly view: HostView;
  /** The user's current folder. */
  readonly cwd: string;
  readonly enforcement?: readonly Enforcement[];
  /** The egress path's own decision: what is said here is what would be done there. */
  readonly judge: (target: { readonly host: string; readonly port: number }) => HostVerdict;
}

export type HostVerdict =
  | { readonly allowed: true; readonly origin: string; readonly inspect: boolean; readonly connect?: unknown }
  | { readonly allowed: false; readonly reason: string; readonly origin?: string };

/** What one of the three kinds of question came to, before places and mechanisms are looked up. */
export interface Finding {
  readonly allowed: boolean;
  readonly access: "none" | "read" | "write" | "connect" | "private";
  /** One sentence, without yes or no in front. */
  readonly because: string;
  /** The setting that decided. */
  readonly origin?: string;
  /** The control that holds it. */
  readonly control?: string;
  /** Where the question leads inside, when that is another path. */
  readonly inside?: string;
}

export interface Answer extends Finding {
  readonly question: string;
  readonly kind: "host" | "path" | "env";
  readonly place?: Place;
  readonly mechanism?: string;
}

export function why(request: WhyRequest, question: string): Answer {
  const read = readQuestion(request, question);
  const finding =
    read.kind === "env"
      ? whyEnv(request, read.name)
      : read.kind === "host"
        ? whyHost(request, read)
        : whyPath(request, read.path);
  const place = finding.origin === undefined ? undefined : writtenPlace(request.policy, finding.origin);
  const mechanism = request.enforcement?.find((row) => row.control === finding.control)?.mechanism;
  return {
    question,
    kind: read.kind,
    ...finding,
    ...(place === undefined ? {} : { place }),
    ...(mechanism === undefined ? {} : { mechanism }),
  };
}

/** The answer in a few lines for a terminal. */
export function answerText(answer: Answer): string {
  const { allowed, because, inside, control, mechanism } = answer;
  const lines = [`${allowed ? "yes" : "no"}: ${because}`];
  if (inside !== undefined) lines.push(`inside: ${inside}`);
  lines.push(`by: ${decidedBy(answer)}`);
  if (control !== undefined) lines.push(`held by: ${control}${mechanism === undefined ? "" : ` (${mechanism})`}`);
  return lines.map((line) => printable(line, 2000)).join("\n");
}

function decidedBy({ allowed, origin, place }: Answer): string {
  if (origin !== undefined && place !== undefined) return `${origin} in ${formatPlace(place)}`;
  if (origin !== undefined) return `the default of ${origin}`;
  return allowed ? "Cordon, whatever the policy says" : "the default: everything that isn't granted is denied";
}
