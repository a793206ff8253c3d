// The promises about how much the command may use.
import type { Settings } from "../../policy/types.js";
import type { Control } from "../controls.js";

interface Row {
  readonly id: string;
  readonly key: keyof Settings["limits"];
  readonly title: string;
  readonly sentence: string;
}

const ROWS: readonly Row[] = [
  {
    id: "memory",
    key: "memoryBytes",
    title: "Limited memory",
    sentence: "Memory is bounded: of the run as a whole where a control group holds it, else of each process.",
  },
  {
    id: "pids",
    key: "pids",
    title: "Limited processes",
    sentence: "So many processes and threads can be there at once: a fork bomb stays small.",
  },
  {
    id: "files",
    key: "files",
    title: "Limited open files",
    sentence: "Each process can have so many files open at once.",
  },
  { id: "time", key: "timeMs", title: "Limited time", sentence: "The run is ended after so much time." },
  {
    id: "cpu",
    key: "cpu",
    title: "Limited processors",
    sentence: "The command can use so much processor time and no more.",
  },
  { id: "disk", key: "diskBytes", title: "Limited disk", sentence: "The command can write so much and no more." },
];

export const LIMIT_CONTROLS: readonly Control[] = ROWS.map(({ id, key, title, sentence }) => ({
  id: `limits.${id}`,
  title,
  sentence,
  threats: ["H40"],
  attack: `limits/${id}`,
  asked: (settings) => settings.limits[key] !== undefined,
}));
