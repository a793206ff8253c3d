// An AppArmor profile, for a command that another program has put into a sandbox, as a second wall in it; the administrator loads it.
import { appArmorBlocks, appArmorName } from "../../confinement/apparmor.js";
import { header, lostBy, type Section, sectionLines } from "./section.js";
import type { Exported, Exporter, ExportInput } from "./types.js";

export const apparmor: Exporter = { kind: "apparmor", command: "unused", ofThisUser: false, make };

function make({ plan, lost: before }: ExportInput): Exported {
  const profile = appArmorName(plan);
  const sections = appArmorBlocks(plan).map(
    ({ rules, ...block }): Section => ({ ...block, lines: rules.map((rule) => `  ${rule}`) }),
  );
  const lost = [
    ...before,
    ...lostBy(sections, plan),
    "Private folders: the profile grants their names; that they are empty and end with the run is the sandbox's to do.",
  ];
  const lines = [
    ...header({
      title: `An AppArmor profile for ${plan.name}`,
      plan,
      usage: [
        `The administrator loads it: apparmor_parser --replace ${plan.name}.apparmor`,
        `Then, beside another sandbox: aa-exec -p ${profile} -- COMMAND, or podman run --security-opt apparmor=${profile}`,
      ],
      lost,
    }),
    "",
    `profile ${profile} flags=(attach_disconnected, mediate_deleted) {`,
    ...sections.flatMap((section) => sectionLines(section, plan, "  #")),
    "}",
  ];
  return { files: [{ name: `${plan.name}.apparmor`, executable: false, content: `${lines.join("\n")}\n` }], lost };
}
