// The synthetic addresses of a run: one for each name that was allowed, so that a connection's destination names its host.
// An address is never given to a second name within a run; when the table is full there are no new ones.

const MAX_NAMES = 65_536;
/** The last octets 0 and 255 are network and broadcast addresses to many a program. */
const USABLE_OF_256 = 254;

export class SyntheticNames {
  readonly #base: number;
  readonly #capacity: number;
  readonly #addresses = new Map<string, string>();
  /** In the order of their addresses. */
  readonly #names: string[] = [];

  /** `prefix` in CIDR form, of 24 bits or fewer. */
  constructor(prefix = "198.18.0.0/15", maxNames = MAX_NAMES) {
    const [network = "", length = ""] = prefix.split("/");
    const base = numberOf(network);
    const bits = Number(length);
    if (base === undefined || !Number.isInteger(bits) || bits < 8 || bits > 24 || base % 2 ** (32 - bits) !== 0)
      throw new TypeError(`not a prefix for synthetic addresses: ${prefix}`);
    this.#base = base;
    this.#capacity = Math.min(maxNames, 2 ** (24 - bits) * USABLE_OF_256);
  }

  /** The address that stands for a canonical name from now on; undefined when the table is full. */
  addressOf(name: string): string | undefined {
    const known = this.#addresses.get(name);
    if (known !== undefined) return known;
    const index = this.#names.length;
    if (index >= this.#capacity) return undefined;
    // A name may be a slice of a larger text, which must not be held for it.
    const own = Buffer.from(name, "latin1").toString("latin1");
    const address = addressAt(this.#base, index);
    this.#names.push(own);
    this.#addresses.set(own, address);
    return address;
  }

  /** The name that an address in its plain dotted form was given for. */
  nameOf(address: string): string | undefined {
    const number = numberOf(address);
    if (number === undefined || number < this.#base) return undefined;
    const offset = number - this.#base;
    const last = (offset & 0xff) - 1;
    if (last < 0 || last >= USABLE_OF_256) return undefined;
    return this.#names[Math.floor(offset / 256) * USABLE_OF_256 + last];
  }
}

function addressAt(base: number, index: number): string {
  const number = base + Math.floor(index / USABLE_OF_256) * 256 + (index % USABLE_OF_256) + 1;
  return [number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff].join(".");
}

/** Exactly four decimal octets without leading zeros. */
function numberOf(address: string): number | undefined {
  if (!/^(?:(?:0|[1-9]\d{0,2})(?:\.(?!$)|$)){4}$/.test(address)) return undefined;
  const octets = address.split(".").map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}
