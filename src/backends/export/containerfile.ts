// The beginning of an image for the command: a base that whoever builds it names and pins, the user, and a place to put the agent. Nothing of
// this computer goes into it.
import { header } from "./section.js";
import { refuse, withoutControls } from "./syntax/refuse.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const containerfile: Exporter = { kind: "containerfile", command: "accepted", ofThisUser: false, make };

function make({ plan }: ExportInput): Exported {
  const { user, uid, gid, home } = plan.identity;
  const lost = ["All but the image: cordon export podman, quadlet or kubernetes starts it in a sandbox."];
  const words = plan.command.argv.length === 0 ? [] : [`CMD ${jsonWords(plan.command.argv)}`];
  const lines = [
    ...header({
      title: `An image for ${plan.name}`,
      plan,
      usage: [
        `Build it: podman build --build-arg BASE=NAME@sha256:DIGEST --timestamp 0 --tag localhost/${plan.name} --file Containerfile .`,
        "Pin the base by its digest; then pin what was built by the digest that podman image inspect shows.",
      ],
      lost,
    }),
    "ARG BASE",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the Containerfile
    "FROM ${BASE}",
    "",
    "# The user that the command is, with a home that a tmpfs covers later. No password, no shell of a login.",
    `RUN echo ${containerWord(`${user}:x:${uid}:${gid}::${home}:/bin/sh`)} >>/etc/passwd && echo ${containerWord(`${user}:x:${gid}:`)} >>/etc/group`,
    `RUN mkdir -p ${containerWord(home)} ${containerWord(plan.workspace.target)} && chown ${uid}:${gid} ${containerWord(home)} ${containerWord(plan.workspace.target)}`,
    "",
    "# Programs that give somebody else's rights lose that: no_new_privileges says the same a second time.",
    "RUN find / -xdev -type f \\( -perm -4000 -o -perm -2000 \\) -exec chmod a-s {} + || true",
    "",
    "# Put the agent in here, at a version and with a digest of its own, for example:",
    "# RUN npm install --global --ignore-scripts NAME@VERSION",
    "",
    `USER ${uid}:${gid}`,
    `WORKDIR ${withoutControls(plan.workspace.target, "a line of a Containerfile")}`,
    `ENV HOME=${containerWord(home)} LANG=C.UTF-8`,
    ...words,
  ];
  return { files: [{ name: "Containerfile", executable: false, content: `${lines.join("\n")}\n` }], lost };
}

/** A word in single quotes: the shell of RUN reads nothing in them, and what would be a variable of the file's own is refused. */
function containerWord(value: string): string {
  const plain = withoutControls(value, "a line of a Containerfile");
  return /['\\$]/.test(plain)
    ? refuse(value, "a word of a Containerfile", "it holds a quote, a backslash or a dollar sign")
    : `'${plain}'`;
}

function jsonWords(argv: readonly string[]): string {
  return JSON.stringify(argv.map((word) => withoutControls(word, "a word of a Containerfile")));
}
