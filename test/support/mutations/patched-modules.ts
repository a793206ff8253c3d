// Loaded before the program of a mutation (`--import`): modules of the supervisor with something taken out of them.
import { register } from "node:module";
import { MUTATIONS } from "./all.js";

const [, , name] = process.argv;
const { program = [] } = MUTATIONS.find((each) => each.name === name) ?? {};
if (program.length > 0) register("./module-hooks.js", { parentURL: import.meta.url, data: program });
