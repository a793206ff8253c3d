// By which name and address the user commits: these two and nothing else of the user's git settings, which hold credential helpers,
// tokens in URLs and programs. They stand inside where the system's settings stand, so that a repository's own and the command's own go before.
import type { HostView } from "../../host/types.js";
import { readGitConfig } from "./ini.js";

export const GIT_SETTINGS = "/etc/gitconfig";
const MAX_CHARACTERS = 256;

/** The text of /etc/gitconfig inside; undefined when the host's own, or none, serves as well. */
export function gitSettings(view: HostView): string | undefined {
  const identity = ["name", "email"].flatMap((key) => {
    const value = settingOf(view, `user.${key}`);
    return value === undefined ? [] : [`\t${key} = ${quoted(value)}\n`];
  });
  if (identity.length === 0) return undefined;
  const system = view.kind(GIT_SETTINGS) === undefined ? "" : view.text(view.real(GIT_SETTINGS) ?? GIT_SETTINGS);
  // Too large to be read: what is there stays, rather than a part of it.
  if (system === undefined) return undefined;
  return `${system}${system === "" || system.endsWith("\n") ? "" : "\n"}[user]\n${identity.join("")}`;
}

/** As git reads it: the later file wins. What they include isn't looked for. */
function settingOf(view: HostView, key: string): string | undefined {
  const { home } = view.facts.user;
  const own = view.env("XDG_CONFIG_HOME");
  const folder = own?.startsWith("/") === true ? own : `${home}/.config`;
  const values = [`${folder}/git/config`, `${home}/.gitconfig`].flatMap((path) => {
    const text = view.text(view.real(path) ?? path);
    return text === undefined ? [] : (readGitConfig(text).get(key) ?? []);
  });
  const value = values.at(-1);
  return value === undefined || value === "" || value.length > MAX_CHARACTERS || /[\u0000-\u001f\u007f]/.test(value)
    ? undefined
    : value;
}

function quoted(value: string): string {
  return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}
