// Absolute paths as text: containment and rebasing. Never looks at a file system, never resolves links.

export function isInside(path: string, folder: string): boolean {
  return path === folder || folder === "/" || path.startsWith(`${folder}/`);
}

export function joinPath(folder: string, rest: string): string {
  if (rest === "") return folder;
  return folder === "/" ? `/${rest}` : `${folder}/${rest}`;
}

/** What is left of a path below a folder: `` for the folder itself, undefined when it isn't inside. */
export function restOf(path: string, folder: string): string | undefined {
  if (!isInside(path, folder)) return undefined;
  return path.slice(folder === "/" ? 1 : folder.length + 1);
}

/** The same path below another folder; undefined when it isn't inside `from`. */
export function rebase(path: string, from: string, to: string): string | undefined {
  const rest = restOf(path, from);
  return rest === undefined ? undefined : joinPath(to, rest);
}

export function parentOf(path: string): string {
  const cut = path.lastIndexOf("/");
  return cut <= 0 ? "/" : path.slice(0, cut);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `/`, `/a`, `/a/b` for `/a/b`. */
export function lineage(path: string): readonly string[] {
  const paths = ["/"];
  for (const component of path.split("/")) {
    if (component !== "") paths.push(joinPath(paths.at(-1) ?? "/", component));
  }
  return paths;
}

export function depthOf(path: string): number {
  return lineage(path).length - 1;
}

/** The absolute path that a link's value (or a relative path) means from a folder, by its text. */
export function pathFrom(folder: string, value: string): string {
  const components: string[] = value.startsWith("/") ? [] : folder.split("/").filter((component) => component !== "");
  for (const component of value.split("/")) {
    if (component === "..") components.pop();
    else if (component !== "" && component !== ".") components.push(component);
  }
  return `/${components.join("/")}`;
}
