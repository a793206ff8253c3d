// A program and its arguments as a policy writes them: words between spaces, quoted where a word has spaces. No shell reads them, so
// nothing else means anything. Pure.

/** Undefined: a quote is open, or there is no word. */
export function wordsOf(text: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? "";
    if (quote !== undefined) {
      if (letter === quote) quote = undefined;
      else if (letter === "\\" && quote === '"') word = (word ?? "") + (text[++at] ?? "");
      else word = (word ?? "") + letter;
    } else if (letter === "'" || letter === '"') {
      quote = letter;
      word ??= "";
    } else if (letter === "\\") word = (word ?? "") + (text[++at] ?? "");
    else if (letter !== " " && letter !== "\t") word = (word ?? "") + letter;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return quote === undefined && words.length > 0 ? words : undefined;
}
