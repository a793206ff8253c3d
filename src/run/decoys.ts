// What decoys hold: made anew for each run out of random bytes, shaped as the programs write such files, and good for nothing.
// Pure but for the bytes, which are given.
import type { DecoyName } from "../plan/types.js";

export interface Decoy {
  readonly content: Buffer;
  /** What of it gives it away when it is sent. */
  readonly secrets: readonly string[];
}

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const AWS_ID = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Gives bytes out of a supply and text made of them. */
export class Supply {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(size: number): Buffer {
    this.#at += size;
    if (this.#at > this.#bytes.length) throw new RangeError("a decoy needs more random bytes than there are");
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  text(size: number, letters = LETTERS): string {
    return Array.from(this.take(size), (byte) => letters.charAt(byte % letters.length)).join("");
  }
}

/** Random bytes that the hungriest of them needs. */
export const DECOY_BYTES = 256;

export const MAKERS: Readonly<Record<DecoyName, (supply: Supply) => Decoy>> = {
  "ssh-key": sshKey,
  aws: (supply) => {
    const id = `AKIA${supply.text(16, AWS_ID)}`;
    const key = supply.text(40);
    return decoy(
      `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${key}\nregion = eu-central-1\n`,
      id,
      key,
    );
  },
  netrc: (supply) => {
    const password = supply.text(24);
    return decoy(`machine git.corp.internal\n  login deploy\n  password ${password}\n`, password);
  },
  github: (supply) => {
    const token = `gho_${supply.text(36)}`;
    return decoy(`github.com:\n    user: deploy-bot\n    oauth_token: ${token}\n    git_protocol: https\n`, token);
  },
  browser: (supply) => {
    const name = supply.take(48).toString("base64");
    const password = supply.take(48).toString("base64");
    const login = {
      id: 1,
      hostname: "https://accounts.google.com",
      httpRealm: null,
      formSubmitURL: "https://accounts.google.com",
      usernameField: "identifier",
      passwordField: "password",
      encryptedUsername: name,
      encryptedPassword: password,
      encType: 1,
      timesUsed: 41,
    };
    return decoy(JSON.stringify({ nextId: 2, logins: [login], version: 3 }), name, password);
  },
  wallet: (supply) => {
    const hex = (size: number) => supply.take(size).toString("hex");
    const ciphertext = hex(32);
    const mac = hex(32);
    const crypto = {
      cipher: "aes-128-ctr",
      cipherparams: { iv: hex(16) },
      ciphertext,
      kdf: "scrypt",
      kdfparams: { dklen: 32, n: 262144, p: 1, r: 8, salt: hex(32) },
      mac,
    };
    return decoy(JSON.stringify({ address: hex(20), crypto, version: 3 }), ciphertext, mac);
  },
};

function decoy(text: string, ...secrets: readonly string[]): Decoy {
  return { content: Buffer.from(text), secrets };
}

/** An unencrypted Ed25519 key as OpenSSH writes it (PROTOCOL.key). Its halves don't belong together, which only a server would notice. */
function sshKey(supply: Supply): Decoy {
  const check = supply.take(4);
  const open = supply.take(32);
  const type = sized(Buffer.from("ssh-ed25519"));
  const secret = sized(Buffer.concat([supply.take(32), open]));
  const inner = Buffer.concat([check, check, type, sized(open), secret, sized(Buffer.from("deploy@bastion"))]);
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (inner.length % 8)) % 8));
  const none = sized(Buffer.from("none"));
  const whole = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    ...[none, none, sized(Buffer.alloc(0)), Buffer.from([0, 0, 0, 1])],
    sized(Buffer.concat([type, sized(open)])),
    sized(Buffer.concat([inner, padding])),
  ]);
  const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
  const text = ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
  // The first line is the same in every key.
  return decoy(text, ...lines.slice(1).filter((line) => line.length === 70));
}

function sized(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}
