// How a policy names what belongs to a login: where tokens are given out, and where in a file of JSON they stand. Pure.
import { bad, good, type Reader, readUrlPath } from "./atoms.js";
import { readHost } from "./hosts.js";

/** `platform.example.com/v1/oauth/token`: an exact host and a path, always over TLS. */
export const readTokenEndpoint: Reader<{ readonly host: string; readonly path: string }> = (text) => {
  const slash = text.indexOf("/");
  const host = readHost(text.slice(0, Math.max(0, slash)));
  const path = readUrlPath(text.slice(slash));
  if (slash < 0 || !host.ok || !path.ok || path.value.includes("*"))
    return bad("a host and a path such as auth.example.com/oauth/token");
  return good({ host: host.value, path: path.value });
};

/** `tokens.access_token`: keys from the outermost object on. */
export const readMember: Reader<string> = (text) =>
  /^[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,64}){0,7}$/.test(text) && !/(?:^|\.)__proto__(?:\.|$)/.test(text)
    ? good(text)
    : bad("the keys of a member with dots between, such as tokens.access_token");

/** A key of an ssh-agent: its fingerprint, or the comment that it is listed with. */
export const readAgentKey: Reader<string> = (text) =>
  /^SHA256:[A-Za-z0-9+/]{43}$/.test(text) || (/^[\x20-\x7e]{1,200}$/.test(text) && !/^(?:SHA256|MD5):/.test(text))
    ? good(text)
    : bad("a fingerprint such as SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU, or a key's comment");
