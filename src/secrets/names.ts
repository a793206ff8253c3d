// Which header fields, parameters and members are made to carry a key. Only there is a placeholder swapped: in the text of a message it
// stays what it is, or whoever writes messages could have the key written into one. Pure.

const IN_HEADERS = /auth|token|key|secret|passw|credential|cookie|session|signature/i;
const IN_QUERIES = /auth|token|key|secret|passw|credential|signature|^(?:sig|pat|code_verifier)$/i;
/** Of members of a body, only those that can't well be content. */
const IN_BODIES = new Set(
  (
    "apikey apitoken token accesstoken authtoken refreshtoken idtoken bearertoken secret secretkey clientsecret appsecret " +
    "password passwd passphrase authorization credential apisecret accesskey clientassertion assertion subjecttoken actortoken"
  ).split(" "),
);

export function isCredentialHeader(name: string): boolean {
  return IN_HEADERS.test(name);
}

export function isCredentialParameter(name: string): boolean {
  return IN_QUERIES.test(name);
}

export function isCredentialMember(name: string): boolean {
  return IN_BODIES.has(name.toLowerCase().replace(/[-_.]/g, ""));
}
