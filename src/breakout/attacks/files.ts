// The attacks of the group files, in the order in which they are shown. A new one is a file and a line here.
import type { Attack } from "../types.js";
import { filesCanaries } from "./files/canaries.js";
import { filesDeny } from "./files/deny.js";
import { filesDenyByAnotherName } from "./files/deny-by-another-name.js";
import { filesDenyMadeAnew } from "./files/deny-made-anew.js";
import { filesDenyThroughDescriptors } from "./files/deny-through-descriptors.js";
import { filesHardLink } from "./files/hard-link.js";
import { filesHomeByOwnName } from "./files/home-by-own-name.js";
import { filesHomeHidden } from "./files/home-hidden.js";
import { filesHomeThroughProc } from "./files/home-through-proc.js";
import { filesNamedOnly } from "./files/named-only.js";
import { filesParentFolders } from "./files/parent-folders.js";
import { filesProcRoot } from "./files/proc-root.js";
import { filesReplaceProgram } from "./files/replace-program.js";
import { filesSymbolicLink } from "./files/symbolic-link.js";
import { filesSystemReadOnly } from "./files/system-read-only.js";
import { filesTmpPlanted } from "./files/tmp-planted.js";
import { filesTmpPrivate } from "./files/tmp-private.js";

export const FILES: readonly Attack[] = [
  filesHomeHidden,
  filesHomeThroughProc,
  filesHomeByOwnName,
  filesNamedOnly,
  filesParentFolders,
  filesSymbolicLink,
  filesHardLink,
  filesProcRoot,
  filesSystemReadOnly,
  filesReplaceProgram,
  filesDeny,
  filesDenyByAnotherName,
  filesDenyThroughDescriptors,
  filesDenyMadeAnew,
  filesTmpPrivate,
  filesCanaries,
  filesTmpPlanted,
];
