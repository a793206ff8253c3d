// `cordon image sign REF --key FILE`, and with `--gpg` the signed copy that podman checks by its own policy.json.
import { posix } from "node:path";
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { exportSigned } from "../../../images/gpg.js";
import { makeKeyPair, readPrivateKey } from "../../../images/keys.js";
import { addSignature, signatureBy } from "../../../images/signature.js";
import { flag, text } from "../../command.js";
import { type ImageRequest, oneWord } from "../image.js";

export async function sign(request: ImageRequest): Promise<number> {
  const { invocation, store } = request;
  const { cwd, env, out } = invocation;
  const image = store.expect(oneWord(request, "sign", "image"));
  for (const layer of image.manifest.layers) store.checkBlob(layer);
  const [key, gpg] = [text(invocation, "key"), text(invocation, "gpg")];
  if ((key === undefined) === (gpg === undefined))
    throw new CordonError("usage", "image sign takes --key FILE, or --gpg KEY and --output DIR", {
      hint: "--new-key makes the key file",
    });
  if (gpg !== undefined) {
    const folder = text(invocation, "output");
    if (folder === undefined) throw new CordonError("usage", "--gpg needs --output DIR");
    const target = posix.resolve(cwd, folder);
    await exportSigned({ store, image, key: gpg, folder: target, env });
    out.note(
      `wrote ${printable(target)}: podman pull --signature-policy ${printable(target)}/policy.json dir:${printable(target)}/image`,
    );
    return 0;
  }
  const file = posix.resolve(cwd, key ?? "");
  const passphrase = env["CORDON_KEY_PASSPHRASE"];
  if (flag(invocation, "new-key"))
    out.note(`wrote ${printable(file)} and ${printable(makeKeyPair({ file, passphrase }))}`);
  addSignature(store, image, signatureBy(readPrivateKey({ file, passphrase }), image));
  out.print(`signed ${image.ref} ${image.digest}`);
  return 0;
}
