// Which of a host's secrets a request was signed with.
import type { Lease } from "../lease.js";
import type { AskedRequest } from "../types.js";
import { type Signing, type SigningKey, signingOf } from "./resign.js";

export interface Signed extends Signing {
  readonly lease: Lease;
}

export function signedBy(asked: AskedRequest, leases: readonly Lease[]): Signed | undefined {
  for (const lease of leases) {
    const { aws } = lease.secret;
    const id = aws === undefined ? undefined : leases.find(({ secret }) => secret.name === aws.id);
    const found = id === undefined ? undefined : signingOf(asked, keyOf(id, lease));
    if (found !== undefined) return { ...found, lease };
  }
  return undefined;
}

function keyOf(id: Lease, secret: Lease): SigningKey {
  return {
    placeholder: { id: id.placeholder, secret: secret.placeholder },
    real: { id: id.swappable().value, secret: secret.swappable().value },
  };
}
