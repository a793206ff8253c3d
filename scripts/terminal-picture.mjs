// What a terminal shows after some output, as an SVG: tmux reads the output as terminals do, this draws its cells. Used by record.mjs.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const WIDTH = 8.4;
const HEIGHT = 18;
const MARGIN = 14;
const INK = "#d8dee9";
const PAPER = "#1b1e25";
const BASIC = ["#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#abb2bf"];
const BRIGHT = ["#6b7280", "#ef8a92", "#b5dd9a", "#f2d49b", "#8ac6ff", "#dda0ec", "#7fd3dd", "#ffffff"];
const STEPS = [0, 95, 135, 175, 215, 255];

export async function picture(output, { columns, rows }) {
  return draw(await linesOf(output, columns, rows), columns, rows);
}

/** The screen's lines with their colours, from a tmux of its own that reads no settings. */
async function linesOf(output, columns, rows) {
  const folder = mkdtempSync(join(tmpdir(), "cordon-picture-"));
  const tmux = (...words) =>
    execFileSync("tmux", ["-S", join(folder, "socket"), "-f", "/dev/null", "-u", ...words], { encoding: "utf8" });
  try {
    writeFileSync(join(folder, "output"), output);
    const size = ["-x", String(columns), "-y", String(rows)];
    tmux("new-session", "-d", ...size, `stty raw -echo; cat ${join(folder, "output")}; exec sleep 30`);
    tmux("set", "-g", "status", "off");
    await wait(1500);
    return tmux("capture-pane", "-p", "-e").split("\n").slice(0, rows);
  } finally {
    try {
      tmux("kill-server");
    } catch {}
    rmSync(folder, { recursive: true, force: true });
  }
}

function draw(lines, columns, rows) {
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
  const height = rows * HEIGHT + 2 * MARGIN;
  const parts = [];
  for (const [row, line] of lines.entries()) {
    for (const run of runsOf(line)) parts.push(...drawRun(run, MARGIN + row * HEIGHT));
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="${PAPER}"/>
${parts.join("\n")}
</svg>
`;
}

function drawRun({ column, cells, style }, top) {
  const ink = style.inverse ? (style.paper ?? PAPER) : (style.ink ?? INK);
  const paper = style.inverse ? (style.ink ?? INK) : style.paper;
  const x = MARGIN + column * WIDTH;
  const width = cells.length * WIDTH;
  const box =
    paper === undefined ? [] : [`<rect x="${x}" y="${top}" width="${width}" height="${HEIGHT}" fill="${paper}"/>`];
  const text = cells.join("");
  if (text.trim() === "") return box;
  const more = `${style.bold ? ' font-weight="bold"' : ""}${style.dim ? ' opacity="0.6"' : ""}`;
  const words = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const place = `x="${x}" y="${top + 13.5}" textLength="${width}" lengthAdjust="spacingAndGlyphs"`;
  return [...box, `<text ${place} fill="${ink}"${more} xml:space="preserve">${words}</text>`];
}

/** A line cut where its style changes. */
function runsOf(line) {
  const runs = [];
  let style = {};
  let column = 0;
  for (const [, codes, text] of line.matchAll(/\x1b\[([0-9;:]*)m|([^\x1b]+|\x1b)/g)) {
    if (codes !== undefined) style = changed(style, codes.split(/[;:]/).map(Number));
    else {
      const cells = [...text.replace(/\x1b/g, "")];
      runs.push({ column, cells, style });
      column += cells.length;
    }
  }
  return runs;
}

function changed(before, codes) {
  let style = { ...before };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at];
    if (code === 0) style = {};
    else if (code === 1) style.bold = true;
    else if (code === 2) style.dim = true;
    else if (code === 7) style.inverse = true;
    else if (code === 22) style = { ...style, bold: false, dim: false };
    else if (code === 27) style.inverse = false;
    else if (code === 39) style.ink = undefined;
    else if (code === 49) style.paper = undefined;
    else if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(at + 1));
      style[code === 38 ? "ink" : "paper"] = colour;
      at += used;
    } else {
      const [kind, colour] = basic(code);
      if (kind !== undefined) style[kind] = colour;
    }
  }
  return style;
}

function basic(code) {
  if (code >= 30 && code <= 37) return ["ink", BASIC[code - 30]];
  if (code >= 90 && code <= 97) return ["ink", BRIGHT[code - 90]];
  if (code >= 40 && code <= 47) return ["paper", BASIC[code - 40]];
  if (code >= 100 && code <= 107) return ["paper", BRIGHT[code - 100]];
  return [];
}

/** 5;N of the 256, or 2;R;G;B. */
function extended([kind, first = 0, second = 0, third = 0]) {
  if (kind === 2) return [`rgb(${first},${second},${third})`, 4];
  if (first < 8) return [BASIC[first], 2];
  if (first < 16) return [BRIGHT[first - 8], 2];
  if (first >= 232) return [`rgb(${[0, 0, 0].fill(8 + (first - 232) * 10).join(",")})`, 2];
  const cube = first - 16;
  const levels = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((level) => STEPS[level]);
  return [`rgb(${levels.join(",")})`, 2];
}
