// Whether a run may use an image: pinned, the one that is pinned, and signed where the policy asks for it. Pure; what is true of the image was
// found out by `admit.ts`.
import { CordonError } from "../core/error.js";
import { printable } from "../core/text.js";

export interface AskedImage {
  readonly ref: string;
  readonly digest?: string;
  readonly verify?: { readonly key: string };
}

export interface FoundImage {
  /** Of what bears the name now. */
  readonly digest: string | undefined;
  /** How many signatures there are, and whether one of them verifies with the key that is asked for. */
  readonly signatures: { readonly count: number; readonly verified: boolean };
}

/** Nothing when it may. */
export function refusalOfImage(asked: AskedImage | undefined, found: FoundImage): CordonError | undefined {
  if (asked === undefined)
    return new CordonError("policy-invalid", "filesystem.system: image needs an image", {
      place: "image",
      hint: "image: { ref: localhost/agent }, then cordon image pin localhost/agent",
    });
  const ref = printable(asked.ref, 120);
  if (found.digest === undefined)
    return new CordonError("image-missing", `there is no image ${ref}`, {
      place: "image.ref",
      hint: "cordon image ls shows what there is; cordon image build FILE makes one",
    });
  if (asked.digest === undefined)
    return new CordonError("image-untrusted", `the image ${ref} isn't pinned, so anybody could exchange it`, {
      place: "image.digest",
      hint: `cordon image pin ${ref} writes its digest into the policy`,
    });
  if (asked.digest !== found.digest)
    return new CordonError("image-changed", `the image ${ref} is ${found.digest}, the policy pins ${asked.digest}`, {
      place: "image.digest",
      hint: `if that is meant: cordon image pin ${ref}`,
    });
  if (asked.verify === undefined || found.signatures.verified) return undefined;
  const why =
    found.signatures.count === 0
      ? "isn't signed"
      : `has no signature that verifies with ${printable(asked.verify.key)}`;
  return new CordonError("image-untrusted", `the image ${ref} ${why}`, {
    place: "image.verify.key",
    hint: `cordon image sign ${ref} --key FILE, by whoever answers for it`,
  });
}
