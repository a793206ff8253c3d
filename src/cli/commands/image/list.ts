// `cordon image ls`: what was built, by name and digest.
import { readConfig } from "../../../images/manifest.js";
import { isSignatureRef, signaturesOf } from "../../../images/signature.js";
import type { ImageStore } from "../../../images/store.js";
import { columns } from "../../columns.js";
import { flag } from "../../command.js";
import type { ImageRequest } from "../image.js";

export async function list({ invocation, store }: ImageRequest): Promise<number> {
  const { out } = invocation;
  const images = store
    .names()
    .filter(({ ref }) => !isSignatureRef(ref))
    .map(({ ref }) => rowOf(store, ref));
  if (flag(invocation, "json")) {
    out.print(JSON.stringify(images, null, 2));
    return 0;
  }
  if (images.length === 0) {
    out.note("there are no images; cordon image build FILE makes one");
    return 0;
  }
  const rows = images.map(({ ref, digest, sizeBytes, created, signatures }) => [
    ref,
    digest,
    sizeText(sizeBytes),
    created,
    signed(signatures),
  ]);
  out.print(columns([["NAME", "DIGEST", "SIZE", "TIME", "SIGNED"], ...rows], [2]));
  return 0;
}

function rowOf(store: ImageStore, ref: string) {
  const image = store.expect(ref);
  const { digest, manifest } = image;
  const { created } = readConfig(store.readBlob(manifest.config));
  const sizeBytes = manifest.layers.reduce((sum, { size }) => sum + size, 0);
  return { ref, digest, sizeBytes, created, signatures: signaturesOf(store, image).length };
}

function signed(count: number): string {
  return count === 0 ? "no" : count === 1 ? "once" : `${count} times`;
}

export function sizeText(bytes: number): string {
  return `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}
