// A report's form by the ending of its file. Pure.
import { CordonError } from "../../core/error.js";
import type { Report } from "../types.js";
import { reportHtml } from "./html.js";
import { reportJson } from "./json.js";
import { reportJunit } from "./junit.js";
import { reportMarkdown } from "./markdown.js";

const FORMS: Readonly<Record<string, (report: Report) => string>> = {
  ".json": reportJson,
  ".xml": reportJunit,
  ".html": reportHtml,
  ".md": reportMarkdown,
};

/** Before anything is attacked: an ending that isn't known is no report afterwards. */
export function reportForm(file: string): (report: Report) => string {
  const form = Object.entries(FORMS).find(([ending]) => file.endsWith(ending))?.[1];
  if (form !== undefined) return form;
  throw new CordonError("usage", `a report's file ends in ${Object.keys(FORMS).join(", ")}`, { place: "--report" });
}
