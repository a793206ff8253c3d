// docs/errors.md, out of the table of error codes and the exit statuses that a run ends with.
import { pathToFileURL } from "node:url";
import { code, table } from "./docs-markdown.mjs";

/** What to do about each; a code without an entry here stops the generator. */
const NEXT = {
  usage: "Read the hint in brackets, or `cordon help COMMAND`.",
  "policy-invalid": "`cordon check` shows every problem with its place.",
  "policy-untrusted": "Read the file, then `cordon trust`. If you didn't change it, ask who did.",
  "policy-missing": "Check the name after `-p`, `--profile` or in `extends`; `cordon profile ls` lists the profiles.",
  "control-unenforced":
    "`cordon doctor` says how to get what is missing. `--allow-degraded` runs without it and names it on stderr and in `run.started`.",
  "workspace-refused": "Choose a folder that holds the work only, with `-w`.",
  "path-refused": "Name a narrower path. [limitations.md](limitations.md) says what is never granted.",
  "host-unsupported": "`cordon doctor` names the cause and the commands that remove it ([doctor.md](doctor.md)).",
  "init-missing": "Install Cordon again, or `npm run build:init` in a checkout.",
  "launch-failed":
    "The line names the step and the kernel's error. Often a file was moved or replaced while the sandbox was being built: try again.",
  "run-unknown": "`cordon ps -a` lists them. A run is named by its id, by the beginning of it, or by its `--name`.",
  "run-refused": "The line says why: the run is ending, is paused, or hasn't started its command yet.",
  "not-implemented": "Take the setting out, or change it as the hint says.",
  "secret-unavailable":
    "Put the value where the policy's `from` says, or write `optional: true` ([secrets.md](secrets.md)).",
  "secret-exposed": "Let the command take it from the secret's own variable: there a placeholder stands.",
  "audit-failed":
    "Free the disk, or put right what the message names; see [audit.md](audit.md). `audit.onFailure: continue` runs all the same.",
  "audit-unreadable": "Check the path and its permissions.",
  "export-refused":
    "The line says which value or file it is. Change it, or export another kind ([export.md](export.md)).",
  "image-invalid": "Correct the definition at the place that is told; remove a damaged lock file and build again.",
  "image-missing": "`cordon image ls` shows what there is; `cordon image build FILE` makes one.",
  "image-failed":
    "The message has the last words of the program that failed: an unknown package, no network, a missing program.",
  "image-changed":
    "Build the image again. If its files in `~/.local/state/cordon/images` were changed, find out who did it.",
  "image-untrusted":
    "Pin it with `cordon image pin`, sign it with `cordon image sign`, or correct the key in the policy.",
  internal: "Please report it with the output of the same command under `CORDON_DEBUG=1`.",
};

export async function generate(build) {
  const { ERROR_CODES } = await import(pathToFileURL(`${build}/src/core/error.js`).href);
  const { EXIT_CORDON, EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } = await import(
    pathToFileURL(`${build}/src/run/outcome.js`).href
  );
  const rows = Object.entries(ERROR_CODES).map(([name, meaning]) => {
    if (NEXT[name] === undefined) throw new Error(`scripts/docs-errors.mjs says nothing about ${name}`);
    return [code(name), meaning, NEXT[name]];
  });
  const text = [
    "# Errors and exit statuses",
    "Made from the error table by `npm run docs`; never edited by hand.",
    "A failure of Cordon's own is one line on stderr: where, what happened, and in brackets what to do next. A program that uses the library gets a `CordonError` with the same as `place`, `message` and `hint`, and with one of these codes, which stay the same from release to release.",
    table(["code", "what happened", "what to do"], rows),
    "`CORDON_DEBUG=1` in Cordon's environment adds the stack trace.",
    "## Exit statuses of `cordon run`",
    table(
      ["status", "meaning"],
      [
        ["0 to 255", "The command's own status, whatever it is."],
        [
          "128 + N",
          "The command died of signal N: 130 for Ctrl-C, 143 for SIGTERM, 137 for SIGKILL. Also when Cordon or the kernel ended it because of a limit.",
        ],
        [
          String(EXIT_CORDON),
          "Cordon failed or refused. Usually the command was never started; when Cordon fails in the middle of a run, it ends the sandbox at once.",
        ],
        [String(EXIT_NOT_EXECUTABLE), "The command is there but can't be executed."],
        [String(EXIT_NOT_FOUND), "The command isn't found inside the sandbox."],
      ],
    ),
    "A command may end with 125, 126 or 127 of its own accord. The event `run.exited` tells them apart: its `reason` is `exit` when the status is the command's own, `failed` when it is Cordon's.",
    `The other commands end with 0 when all is well and with ${EXIT_CORDON} when Cordon failed or refused. \`cordon why\` ends with 0 for yes and 1 for no.`,
  ];
  return { "docs/errors.md": `${text.join("\n\n")}\n` };
}
