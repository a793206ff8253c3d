// `cordon profile`: the built-in profiles, as a list or as their text.
import { CordonError } from "../../core/error.js";
import { didYouMean, printable } from "../../core/text.js";
import { type BuiltinProfile, builtinNames, builtinProfile, builtinProfiles } from "../../policy/profiles/builtin.js";
import { flag, type Invocation } from "../command.js";

export async function run(invocation: Invocation): Promise<number> {
  const [action, name, ...rest] = invocation.positionals;
  const json = flag(invocation, "json");
  if (action === "ls" && name === undefined) {
    invocation.out.print(json ? JSON.stringify(builtinProfiles().map(dataOf), null, 2) : tableOf(builtinProfiles()));
    return 0;
  }
  if (action === "show" && name !== undefined && rest.length === 0) {
    const profile = find(name);
    invocation.out.print(
      json ? JSON.stringify({ ...dataOf(profile), policy: profile.value }, null, 2) : profile.text.trimEnd(),
    );
    return 0;
  }
  throw new CordonError("usage", "profile takes `ls`, or `show` and one name", { hint: "cordon profile show default" });
}

function find(name: string): BuiltinProfile {
  const profile = builtinProfile(name);
  if (profile !== undefined) return profile;
  const message = `there is no built-in profile "${printable(name, 60)}".${didYouMean(name, builtinNames())}`;
  throw new CordonError("policy-missing", message, { hint: "cordon profile ls names them" });
}

function dataOf(profile: BuiltinProfile): Readonly<Record<string, unknown>> {
  const { name, commands, summary, digest } = profile;
  return { name, commands, summary, digest };
}

function tableOf(profiles: readonly BuiltinProfile[]): string {
  const width = Math.max(...profiles.map((profile) => profile.name.length));
  return profiles.map((profile) => `${profile.name.padEnd(width)}  ${firstSentence(profile.summary)}`).join("\n");
}

function firstSentence(text: string): string {
  return /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}
