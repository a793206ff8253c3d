// A policy's text with an image's name and digest in it. Comments, order and everything else stay as they were written. Pure.
import { isMap, parseDocument } from "yaml";
import { CordonError } from "../core/error.js";

export function pinnedText(text: string, image: { readonly ref: string; readonly digest: string }): string {
  const document = parseDocument(text, { keepSourceTokens: true });
  if (document.errors.length > 0 || !isMap(document.contents))
    throw new CordonError("policy-invalid", "the policy can't be changed: it isn't a mapping of keys");
  if (document.getIn(["image", "ref"]) === image.ref && document.getIn(["image", "digest"]) === image.digest)
    return text;
  document.setIn(["image", "ref"], image.ref);
  document.setIn(["image", "digest"], image.digest);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
