// A scripted model's mind, whatever protocol it speaks by: the steps of a task, gone on with only when the agent's real results say
// what they must. It never runs anything itself.

export interface Call {
  /** The agent's own name of the tool. */
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** For tools that take text of their own form instead of JSON. */
  readonly text?: string;
}

export interface Step {
  readonly say: string;
  readonly call: Call;
  /** What the result of the call must look like. */
  readonly expect: RegExp;
}

/** What a request says, in words that all protocols share. */
export interface Asked {
  readonly model: string;
  /** Names of the tools that the agent offers. */
  readonly tools: readonly string[];
  /** Results of the tools called so far, in order. */
  readonly results: readonly string[];
  /** What the user, or the agent in their name, said last. */
  readonly prompt: string;
}

export interface Answer {
  readonly text: string;
  readonly call?: Call;
}

export type Model = (asked: Asked) => Answer;

/** Requests without tools are an agent's small questions beside the task, such as for a title. */
export function scripted(steps: readonly Step[], last: string): Model {
  return ({ tools, results }) => {
    if (tools.length === 0) return { text: "Repair" };
    for (const [index, result] of results.entries()) {
      const step = steps[index];
      if (step !== undefined && !step.expect.test(result)) return { text: `I give up after "${step.say}": ${result}` };
    }
    const next = steps[results.length];
    if (next === undefined) return { text: last };
    if (!tools.includes(next.call.tool)) return { text: `I give up: no ${next.call.tool} among ${tools.join(", ")}` };
    return { text: next.say, call: next.call };
  };
}
