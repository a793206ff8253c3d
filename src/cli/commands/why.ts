// `cordon why`: is a host, path or variable allowed, by which line of which file, held by which mechanism. Plans as `run` would and
// starts nothing. The exit status is 0 for yes and 1 for no.
import { CordonError } from "../../core/error.js";
import { type Answer, answerText, why } from "../../plan/why.js";
import { formatPlace } from "../../policy/types.js";
import { flag, type Invocation } from "../command.js";
import { planFor } from "../pipeline.js";

export async function run(invocation: Invocation): Promise<number> {
  const question = questionOf(invocation.positionals);
  const { plan, policy, view, artifact } = await planFor({ ...invocation, positionals: [] }, []);
  const answer = why({ plan, policy, view, cwd: invocation.cwd, enforcement: artifact.enforcement }, question);
  invocation.out.print(flag(invocation, "json") ? JSON.stringify(answerData(answer), null, 2) : answerText(answer));
  return answer.allowed ? 0 : 1;
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
