// `cordon attach`: a second command in a running sandbox, under the same confinement. Without a command: a shell.
import { isatty } from "node:tty";
import { CordonError } from "../../core/error.js";
import { printable } from "../../core/text.js";
import { probeHost } from "../../host/facts.js";
import { Attachment } from "../../run/live/attachment.js";
import type { RunLink } from "../../run/live/client.js";
import type { Invocation } from "../command.js";
import { noteText, writeAll } from "../output.js";
import { linkTo, oneRun, whoAsks } from "../runs.js";
import { SignalRelay } from "../signals.js";

export async function run(invocation: Invocation): Promise<number> {
  const [name, ...words] = invocation.positionals;
  const command = words[0] === "--" ? words.slice(1) : words;
  const found = oneRun(invocation, name);
  const { init } = await probeHost({ env: invocation.env });
  if (init === undefined) throw new CordonError("init-missing", "the cordon-init program is missing or was changed");
  const link = await linkTo(found);
  const relay = new SignalRelay();
  const attachment = new Attachment({
    folder: found.folder,
    link,
    program: init.path,
    command: command.length > 0 ? command : [await shellOf(link)],
    terminal: [0, 1, 2].some((fd) => isatty(fd)),
    stdio: ["inherit", "inherit", "inherit"],
    by: whoAsks("attach"),
    onStopped: () => relay.stopSelf(),
  });
  relay.attach(attachment);
  const { code, reason, message } = await attachment.exit;
  link.close();
  if (reason === "failed" && message !== undefined) writeAll(2, `${noteText(printable(message, 1000))}\n`);
  return code;
}

async function shellOf(link: RunLink): Promise<string> {
  const { shell } = await link.ask({ do: "info" });
  return typeof shell === "string" ? shell : "/bin/sh";
}
