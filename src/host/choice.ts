// Which backend `auto` is on a host where `native` can't be used, and why.
import type { HostFacts } from "./types.js";
import { probeWall, WALLS } from "./walls.js";

export interface Choice {
  readonly name: "native" | (typeof WALLS)[number][0];
  readonly reason: string;
}

/** `native` does most and needs least. Whether another program may do what this host forbids to cordon-init is tried. */
export async function chooseOther(
  facts: HostFacts,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Choice> {
  const why = facts.namespaces.reason ?? "no namespaces can be made";
  if (facts.user.uid === 0 || facts.init === undefined)
    return { name: "native", reason: `no other can stand in for it here: ${why}` };
  for (const [name, tool] of WALLS) {
    const found = await probeWall(tool, { facts, env });
    if (found !== undefined && found.obstacle === undefined)
      return { name, reason: `it works here; native can't be used: ${why}` };
  }
  return { name: "native", reason: `none works here: ${why}` };
}
