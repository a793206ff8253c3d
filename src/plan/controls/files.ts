// The promises about files and the workspace.
import type { Control } from "../controls.js";

const always = () => true;

export const FILE_CONTROLS: readonly Control[] = [
  {
    id: "files.home-hidden",
    title: "The home folder is hidden",
    sentence:
      "Your home folder isn't there: the command has one of its own, without your keys, settings and documents.",
    threats: ["H5", "H39"],
    attack: "files/home-hidden",
    asked: always,
  },
  {
    id: "files.system-read-only",
    title: "The system is read-only",
    sentence: "Programs and libraries of this computer can be used, not changed.",
    threats: ["H39"],
    attack: "files/system-read-only",
    asked: always,
  },
  {
    id: "files.named-only",
    title: "Only named folders",
    sentence: "No file or folder of yours can be seen but those that the policy names.",
    threats: ["H2", "H13", "H37"],
    attack: "files/named-only",
    asked: always,
  },
  {
    id: "files.deny",
    title: "Denied files are hidden",
    sentence: "Files that the policy denies are hidden also inside of granted folders, and can't be made there.",
    threats: ["H1", "H37"],
    attack: "files/deny",
    asked: (settings) => settings.filesystem.deny.length > 0,
  },
  {
    id: "files.tmp-private",
    title: "A private /tmp",
    sentence: "/tmp is empty at the start, isn't yours, and is gone at the end.",
    threats: ["H20", "H36"],
    attack: "files/tmp-private",
    asked: always,
  },
  {
    id: "files.canaries",
    title: "Decoys tell of a search",
    sentence:
      "The private home holds made-up credentials that no ordinary program opens: whoever does is told of, and they don't leave.",
    threats: ["H39"],
    attack: "files/canaries",
    asked: ({ filesystem }) => filesystem.canaries && filesystem.home === "private",
  },
  {
    id: "workspace.protected-names",
    title: "Files that others execute stay as they are",
    sentence:
      "In the writable folders, files that git, a shell or an editor would run later can't be made, changed or moved, at any depth.",
    threats: ["H1", "H2", "H3", "H4", "H5"],
    attack: "workspace/protected-names",
    asked: (settings) =>
      settings.workspace.protect.length > 0 &&
      (settings.workspace.mode === "write" || settings.filesystem.write.length > 0),
  },
  {
    id: "workspace.read-only",
    title: "The workspace is read-only",
    sentence: "The workspace can be read, nothing in it can be changed.",
    threats: ["H1"],
    attack: "workspace/read-only",
    asked: (settings) => settings.workspace.mode === "read",
  },
];
