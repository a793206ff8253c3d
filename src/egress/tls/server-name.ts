// The server name of a ClientHello, as text that may be compared with a host: letters, digits and inner hyphens in labels. Pure.
// SECURITY(T21, T25): whatever a server could take for another name than we do is refused here, never repaired.

const MAX_LENGTH = 253;

/** What is wrong with the bytes of a host_name, or undefined. */
export function serverNameProblem(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return "the server name is empty";
  if (bytes.length > MAX_LENGTH) return "the server name is too long";
  if (!bytes.every(isNameByte)) return "the server name has characters that names don't have";
  const labels = bytes.toString("latin1").split(".");
  const last = labels.at(-1) ?? "";
  if (last === "") return "the server name ends in a dot";
  if (/^(?:\d+|0x[0-9a-f]*)$/i.test(last)) return "the server name is an address";
  return labels.every((label) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))
    ? undefined
    : "the server name has a part that no name has";
}

function isNameByte(byte: number): boolean {
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2e;
}
