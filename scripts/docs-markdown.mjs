// The few pieces of Markdown that the generated pages are made of.

/** A bar would end the cell, also within backticks. */
function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

export function table(head, rows) {
  const line = (cells) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function code(text) {
  return `\`${text}\``;
}
