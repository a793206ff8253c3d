// Text for people: bounded, free of control characters, with suggestions for misspelt names.

// C0, DEL, C1 and the bidirectional overrides that can make a line read as something else.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Makes untrusted text safe to print on a terminal or in a log line: control and bidirectional characters are shown as
 * `\xNN` or `\u{NNNN}`, and the text is cut after `maxLength` characters.
 */
export function printable(text: string, maxLength = 400): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replace(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}

/** Damerau-free edit distance (Levenshtein), for short names only. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

/** The candidate that the user most likely meant, or undefined when none is close. */
export function suggest(given: string, candidates: Iterable<string>): string | undefined {
  if (given.length > 64) return undefined;
  const wanted = given.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "x"?` or nothing. */
export function didYouMean(given: string, candidates: Iterable<string>): string {
  const found = suggest(given, candidates);
  return found === undefined ? "" : ` Did you mean "${found}"?`;
}
