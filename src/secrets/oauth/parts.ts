// A login as several secrets: each of its tokens goes to other hosts. Pure.
import type { PlannedLogin, PlannedSecret } from "../../plan/secret.js";
import type { Role } from "./document.js";

/** The access token goes where the policy says; what renews it goes to the endpoints alone, where a token is asked for. */
export function partOf(secret: PlannedSecret, { endpoints }: PlannedLogin, role: Role): PlannedSecret {
  const { oauth: _, env: __, ...access } = secret;
  if (role === "access") return access;
  const { name, from, origin, place } = secret;
  return {
    name: `${name}.${role}`,
    from,
    hosts: [...new Set(endpoints.map(({ host }) => host))],
    methods: ["POST"],
    paths: [...new Set(endpoints.map(({ path }) => path))],
    // What renews it is put in by its own way (refresh-request).
    places: role === "refresh" ? [] : ["body"],
    origin,
    place,
  };
}
