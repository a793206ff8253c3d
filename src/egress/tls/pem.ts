// Certificates in PEM text (RFC 7468), to and from DER. It takes out what stands between the lines and looks no further than at its length.

const BLOCK = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;

/** Every certificate of a text in its order; comments between them and other kinds of blocks are left out. */
export function certificatesIn(text: string): readonly Buffer[] {
  return [...text.matchAll(BLOCK)].flatMap(([, body = ""]) => {
    const der = Buffer.from(body, "base64");
    return isWhole(der) ? [der] : [];
  });
}

/** One sequence and nothing after it: a block that was cut or pasted badly would spoil a whole store. */
function isWhole(der: Buffer): boolean {
  if (der.length < 128 || der[0] !== 0x30) return false;
  const lengthBytes = (der[1] ?? 0) - 0x80;
  return (lengthBytes === 1 || lengthBytes === 2) && der.readUIntBE(2, lengthBytes) === der.length - 2 - lengthBytes;
}

export function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
