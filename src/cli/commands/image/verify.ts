// `cordon image verify REF --key FILE`: every byte against its digest, and the signature. Exit status 1 when something doesn't hold.
import { posix } from "node:path";
import { CordonError } from "../../../core/error.js";
import { readPublicKey } from "../../../images/admit.js";
import { signaturesOf, verifies } from "../../../images/signature.js";
import { imageTree } from "../../../images/tree.js";
import { text } from "../../command.js";
import { type ImageRequest, oneWord } from "../image.js";

export async function verify(request: ImageRequest): Promise<number> {
  const { invocation, store } = request;
  const { cwd, out } = invocation;
  const key = text(invocation, "key");
  if (key === undefined) throw new CordonError("usage", "image verify needs --key FILE");
  const image = store.expect(oneWord(request, "verify", "image"));
  const publicKey = readPublicKey(posix.resolve(cwd, key));
  try {
    store.readBlob(image.manifest.config);
    for (const layer of image.manifest.layers) store.checkBlob(layer);
    imageTree(store, image);
  } catch (error) {
    if (!(error instanceof CordonError)) throw error;
    out.print(`changed: ${error.toLine()}`);
    return 1;
  }
  const signatures = signaturesOf(store, image);
  if (signatures.some((one) => verifies(one, image, publicKey))) {
    out.print(`verified ${image.ref} ${image.digest}`);
    return 0;
  }
  out.print(signatures.length === 0 ? "not signed" : "none of its signatures verifies with this key");
  return 1;
}
