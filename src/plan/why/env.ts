// Whether a variable of the user's environment is handed on.
import { componentMatches } from "../../policy/pattern.js";
import type { Finding, WhyRequest } from "../why.js";

export function whyEnv({ plan, policy, view }: WhyRequest, name: string): Finding {
  const control = "process.environment-clean";
  const { pass, set } = policy.settings.process.env;
  const secret = plan.secrets?.find(({ env }) => env === name);
  if (secret !== undefined) {
    const because = `${name} holds a placeholder; the value of the secret ${secret.name} stays outside and is sent to ${secret.hosts.join(", ") || "nobody"} only`;
    return { allowed: true, access: "private", because, origin: secret.origin, control: "secrets.placeholders" };
  }
  const isThere = Object.hasOwn(plan.command.env, name);
  if (isThere && Object.hasOwn(set, name))
    return {
      allowed: true,
      access: "read",
      because: `the policy sets ${name}`,
      origin: `process.env.set.${name}`,
      control,
    };
  const index = pass.findIndex((pattern) => componentMatches(pattern, name));
  const origin = index === -1 ? undefined : `process.env.pass.${index}`;
  if (isThere && origin !== undefined && plan.command.env[name] === view.env(name)) {
    return { allowed: true, access: "read", because: `your ${name} is handed on`, origin, control };
  }
  if (isThere)
    return {
      allowed: true,
      access: "private",
      because: `Cordon sets ${name} itself; your own value isn't handed on`,
      control,
    };
  if (origin !== undefined && view.env(name) === undefined)
    return {
      allowed: true,
      access: "none",
      because: `${name} is named, but you have no such variable`,
      origin,
      control,
    };
  if (origin !== undefined)
    return {
      allowed: false,
      access: "none",
      because: `${name} matches a pattern, but is handed on only by its full name`,
      origin,
      control,
    };
  return {
    allowed: false,
    access: "none",
    because: `${name} isn't named in process.env`,
    origin: "process.env.pass",
    control,
  };
}
