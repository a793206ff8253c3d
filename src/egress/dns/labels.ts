// Tells names that carry data from names of hosts, below an allowed wildcard: whoever answers for that domain would read the labels.
// An estimate of how many bits of a name nobody could have guessed, against what real hosts need. Pure.
// SECURITY(T26): only what stands before the wildcard's own domain is judged; a host that the policy names in full never is.
//
// Where the limits come from: a real host's longest unguessable part is 32 characters (a UUID, an MD5 bucket or storage account in hex:
// 128 bits; a function's URL in base 36: 165 bits; a load balancer, 32 hex and 10 decimal digits: 161 bits). A tunnel needs more than
// that for each message: the usual ones fill labels of 50 to 63 characters (250 to 315 bits in base 32), several of them. So a label
// may hold 180 bits, a name 230 and 120 characters. A name below the limits carries 22 bytes, and how many new names there are in
// a minute is limited too (guard.ts). What is refused wrongly (a content hash in base 32, say) can be named in full in the policy.

const MAX_LABEL_BITS = 180;
const MAX_NAME_BITS = 230;
const MAX_PREFIX_LENGTH = 120;
const MAX_PREFIX_LABELS = 10;

/** Pairs of letters that words are made of: more than half of those in nine words of ten, one in five of random ones. */
const PAIRS = new Set(
  (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce " +
    "li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em " +
    "ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay " +
    "ex ke ui fr"
  ).split(" "),
);
const WORD_BITS = 2;
const LETTER_BITS = Math.log2(26);
const DIGIT_BITS = Math.log2(10);
const HEX_BITS = 4;
const MIXED_BITS = Math.log2(36);

/** What is wrong with a canonical host below `pattern` (`*.example.org`), as the end of "its part before … ". */
export function payloadProblem(host: string, pattern: string): string | undefined {
  const prefix = host.slice(0, 1 - pattern.length);
  const labels = prefix.split(".");
  if (prefix.length > MAX_PREFIX_LENGTH) return `is longer than ${MAX_PREFIX_LENGTH} characters`;
  if (labels.length > MAX_PREFIX_LABELS) return `has more than ${MAX_PREFIX_LABELS} labels`;
  const bits = labels.map(labelBits);
  const sum = bits.reduce((total, one) => total + one, 0);
  return Math.max(...bits) > MAX_LABEL_BITS || sum > MAX_NAME_BITS ? "looks like data, not like a name" : undefined;
}

/** Bits of a label that couldn't be guessed, roughly. */
export function labelBits(label: string): number {
  return label.split("-").reduce((sum, segment) => sum + segmentBits(segment), 0);
}

function segmentBits(segment: string): number {
  const runs = segment.match(/\d+|\D+/g) ?? [];
  const isMixed = runs.length > 1 && (runs.length > 3 || runs.some((run) => /^\D/.test(run) && !isWordLike(run)));
  // Letters and digits by turns are no words with numbers, whatever pairs they have.
  if (isMixed) return segment.length * (/^[0-9a-f]+$/.test(segment) ? HEX_BITS : MIXED_BITS);
  return runs.reduce((sum, run) => sum + runBits(run), 0);
}

function runBits(run: string): number {
  if (/^\d/.test(run)) return run.length * DIGIT_BITS;
  return run.length * (isWordLike(run) ? WORD_BITS : LETTER_BITS);
}

function isWordLike(letters: string): boolean {
  let known = 0;
  for (let index = 1; index < letters.length; index++) {
    if (PAIRS.has(letters.slice(index - 1, index + 1))) known += 1;
  }
  return letters.length > 1 && known >= (letters.length - 1) / 2;
}
