// OpenAI's Responses API, as far as agents use it: POST /v1/responses with a stream; tools that take JSON and tools that take text.
import type { Exchange } from "../egress/origin.js";
import { answerJson, openEvents, pieces } from "./events.js";
import { flatText, type Json, records, text } from "./json.js";
import type { Answer, Asked, Model } from "./model.js";

export function readResponses(path: string, body: Json): Asked | undefined {
  // The second is for accounts.
  if (path !== "/v1/responses" && path !== "/backend-api/codex/responses") return undefined;
  const items = records(body["input"]);
  const results = items.filter((item) => /^(?:function|custom_tool|local_shell)_call_output$/.test(text(item["type"])));
  return {
    model: text(body["model"]),
    tools: toolsOf([...records(body["tools"]), ...items.flatMap((item) => records(item["tools"]))]),
    results: results.map((item) => flatText(item["output"])),
    prompt: flatText(items.findLast((item) => item["role"] === "user")?.["content"]),
  };
}

/** Names, those in namespaces too; a tool without a name is known by its type. */
function toolsOf(tools: readonly Json[]): readonly string[] {
  return tools.flatMap((tool) =>
    tool["type"] === "namespace" ? toolsOf(records(tool["tools"])) : [text(tool["name"] ?? tool["type"])],
  );
}

export function answerResponses(exchange: Exchange, body: Json, model: Model, asked: Asked): void {
  const answer = model(asked);
  const response = {
    id: `resp_${asked.results.length}`,
    object: "response",
    created_at: 1_700_000_000,
    model: asked.model,
  };
  const output = outputOf(answer, asked);
  const done = { ...response, status: "completed", output, usage: usage() };
  if (body["stream"] === true) stream(exchange, response, done);
  else answerJson(exchange, done);
}

function stream(exchange: Exchange, response: Json, done: Json): void {
  const events = openEvents(exchange);
  let number = 0;
  const send = (type: string, rest: Json): void => events.send({ type, sequence_number: number++, ...rest }, type);
  send("response.created", { response: { ...response, status: "in_progress", output: [] } });
  for (const [index, item] of records(done["output"]).entries()) {
    send("response.output_item.added", { output_index: index, item: begun(item) });
    for (const [kind, piece] of deltasOf(item))
      send(kind, { item_id: item["id"], output_index: index, content_index: 0, delta: piece });
    send("response.output_item.done", { output_index: index, item });
  }
  send("response.completed", { response: done });
  events.end();
}

function outputOf({ text: said, call }: Answer, { results }: Asked): readonly Json[] {
  const number = results.length;
  const message = {
    id: `msg_${number}`,
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: said, annotations: [] }],
  };
  if (call === undefined) return [message];
  const common = { id: `fc_${number}`, call_id: `call_step${number}`, name: call.tool, status: "completed" };
  const item =
    call.text === undefined
      ? { ...common, type: "function_call", arguments: JSON.stringify(call.input) }
      : { ...common, type: "custom_tool_call", input: call.text };
  return [message, item];
}

/** An item as it is announced, before its content comes. */
function begun(item: Json): Json {
  const empty: Readonly<Record<string, Json>> = {
    message: { content: [] },
    function_call: { arguments: "" },
    custom_tool_call: { input: "" },
  };
  return { ...item, status: "in_progress", ...empty[text(item["type"])] };
}

function deltasOf(item: Json): readonly (readonly [string, string])[] {
  const of = (kind: string, whole: unknown) => pieces(flatText(whole)).map((piece) => [kind, piece] as const);
  switch (item["type"]) {
    case "message":
      return of("response.output_text.delta", item["content"]);
    case "function_call":
      return of("response.function_call_arguments.delta", item["arguments"]);
    default:
      return of("response.custom_tool_call_input.delta", item["input"]);
  }
}

function usage(): Json {
  return {
    input_tokens: 100,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 120,
  };
}
