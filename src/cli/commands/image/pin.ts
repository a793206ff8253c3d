// `cordon image pin REF`: writes the image's name and digest into a policy, and leaves everything else of the file as it is.
import { readFileSync, realpathSync, statSync } from "node:fs";
import { posix } from "node:path";
import { CordonError } from "../../../core/error.js";
import { printable } from "../../../core/text.js";
import { pinnedText } from "../../../images/pin.js";
import { replaceFile } from "../../../images/store.js";
import { summariseDiagnostics } from "../../../policy/diagnostics.js";
import { parsePolicy } from "../../../policy/parse.js";
import { text } from "../../command.js";
import { type ImageRequest, oneWord } from "../image.js";

export async function pin(request: ImageRequest): Promise<number> {
  const { invocation, store } = request;
  const { cwd, out } = invocation;
  const ref = oneWord(request, "pin", "image");
  const { digest } = store.expect(ref);
  const file = posix.resolve(cwd, text(invocation, "policy") ?? "cordon.yaml");
  const before = read(file);
  await requirePolicy(Buffer.from(before), file, cwd);
  const after = pinnedText(before, { ref, digest });
  await requirePolicy(Buffer.from(after), file, cwd);
  if (after !== before) replaceFile(realpathSync(file), after, statSync(file).mode & 0o777);
  out.print(`${printable(file)} pins ${printable(ref)} to ${digest}`);
  if (after !== before && posix.basename(file) === "cordon.yaml") out.note("it was changed: cordon trust accepts it");
  return 0;
}

async function requirePolicy(bytes: Uint8Array, file: string, cwd: string): Promise<void> {
  const parsed = await parsePolicy(bytes, file);
  if (!parsed.ok) throw new CordonError("policy-invalid", summariseDiagnostics(parsed.diagnostics, cwd));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CordonError("policy-missing", `${printable(file)} can't be read`, {
      hint: "name the policy: cordon image pin REF --policy FILE",
      cause: error,
    });
  }
}
