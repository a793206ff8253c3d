// What a plan means for the keys and logins that the command may use, in words.
import type { PlannedLogin, PlannedSecret } from "./secret.js";

export function secretText({ name, env, hosts, oauth }: PlannedSecret): string {
  if (oauth !== undefined) return loginText(name, hosts, oauth);
  const where = env === undefined ? "" : `, by a placeholder in ${env}`;
  return `${name}${where}; the value is sent to ${hosts.length === 0 ? "nobody" : hosts.join(", ")} only`;
}

function loginText(name: string, hosts: readonly string[], { file, share, endpoints }: PlannedLogin): string {
  const own =
    share && file !== undefined
      ? `yours in ${file.source} when it is there, else one that is made inside`
      : "made inside";
  const where = [...new Set(endpoints.map(({ host }) => host))].join(", ");
  return `${name}, a login (${own}); its tokens stay outside, are sent to ${hosts.join(", ")} and renewed at ${where} only`;
}
