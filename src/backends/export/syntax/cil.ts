// Paths of SELinux's file contexts: regular expressions in double quotes, for which CIL has no escape.
import { refuse, withoutControls } from "./refuse.js";

export function cilRegex(path: string): string {
  const plain = withoutControls(path, "a path of SELinux");
  if (/["\\]/.test(plain)) return refuse(path, "a path of SELinux", "it holds a quote or a backslash");
  return plain.replace(/[.[\]*^$+?(){}|]/g, "\\$&");
}
