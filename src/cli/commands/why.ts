// `cordon why`: is a host, path or variable allowed, by which line of which file, held by which mechanism. Plans as `run` would and
// starts nothing. The exit status is 0 for yes and 1 for no.
import { CordonError } from "../../core/error.js";
import { makeJudge } from "../../egress/decide/judge.js";
import { exactNames, withNameChecks } from "../../egress/dns/guard.js";
import { refusedLiteral } from "../../egress/proxy/dial.js";
import { ownAddresses } from "../../egress/proxy/own.js";
import type { Judge } from "../../egress/types.js";
import type { Plan } from "../../plan/types.js";
import { type Answer, answerText, why } from "../../plan/why.js";
import { formatPlace } from "../../policy/types.js";
import { readBlocklists } from "../../run/egress.js";
import { flag, type Invocation } from "../command.js";
import { planFor } from "../pipeline.js";

export async function run(invocation: Invocation): Promise<number> {
  const question = questionOf(invocation.positionals);
  const { plan, policy, view, artifact } = await planFor({ ...invocation, positionals: [] }, []);
  const judge = await judgeOf(plan);
  const answer = why({ plan, policy, view, cwd: invocation.cwd, enforcement: artifact.enforcement, judge }, question);
  invocation.out.print(flag(invocation, "json") ? JSON.stringify(answerData(answer), null, 2) : answerText(answer));
  return answer.allowed ? 0 : 1;
}

/** As connections are decided: by the rules, the blocklists, and what is never dialled. */
async function judgeOf({ network, policy }: Plan): Promise<Judge["target"]> {
  const blocklists = await readBlocklists(network.blocklists);
  const judge = withNameChecks(makeJudge(network, policyFileOf(policy.files)), {
    blocklists,
    exactNames: exactNames(network),
  });
  const own = ownAddresses(() => 0)();
  return (target) => {
    const verdict = judge.target(target);
    return verdict.allowed ? (refusedLiteral(target, verdict, own) ?? verdict) : verdict;
  };
}

function questionOf(positionals: readonly string[]): string {
  const [first, second, ...more] = positionals;
  if (first === undefined || more.length > 0 || (second !== undefined && first !== "env")) {
    throw new CordonError("usage", "why takes one question", { hint: "cordon why HOST[:PORT] | PATH | env NAME" });
  }
  return second === undefined ? first : `${first} ${second}`;
}

function answerData(answer: Answer) {
  const { place, ...rest } = answer;
  return { ...rest, ...(place === undefined ? {} : { place: formatPlace(place) }) };
}

/** The last real file: where the user would add a rule. */
function policyFileOf(files: readonly string[]): { readonly policyFile?: string } {
  const policyFile = files.findLast((file) => file.includes("/"));
  return policyFile === undefined ? {} : { policyFile };
}
