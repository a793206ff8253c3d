// Anthropic's Messages API, as far as agents use it: POST /v1/messages with and without a stream, tools, and the counting of tokens.
import type { Exchange } from "../egress/origin.js";
import { answerJson, openEvents, pieces } from "./events.js";
import { flatText, type Json, records, text } from "./json.js";
import type { Answer, Asked, Model } from "./model.js";

/** Answers a request; undefined when it is none of this protocol's. */
export function readMessages(path: string, body: Json): Asked | undefined {
  if (path !== "/v1/messages") return undefined;
  const messages = records(body["messages"]);
  const parts = messages.flatMap((message) => records(message["content"]));
  const results = parts.filter((part) => part["type"] === "tool_result");
  return {
    model: text(body["model"]),
    tools: records(body["tools"]).map((tool) => text(tool["name"])),
    results: results.map((part) => flatText(part["content"])),
    prompt: flatText(messages.findLast((message) => message["role"] === "user")?.["content"]),
  };
}

export function answerMessages(exchange: Exchange, body: Json, model: Model, asked: Asked): void {
  const answer = model(asked);
  const message = {
    id: `msg_${asked.results.length}`,
    type: "message",
    role: "assistant",
    model: asked.model,
    stop_sequence: null,
  };
  if (body["stream"] === true) stream(exchange, answer, { message, asked });
  else
    answerJson(exchange, {
      ...message,
      content: contentOf(answer, asked),
      stop_reason: stopReason(answer),
      usage: usage(20),
    });
}

function contentOf({ text: said, call }: Answer, asked: Asked): readonly Json[] {
  return [
    ...(said === "" ? [] : [{ type: "text", text: said }]),
    ...(call === undefined ? [] : [{ ...toolUse(call.tool, asked), input: call.input }]),
  ];
}

function toolUse(name: string, asked: Asked) {
  return { type: "tool_use", id: `toolu_01Step${asked.results.length}`, name };
}

function stopReason(answer: Answer): string {
  return answer.call === undefined ? "end_turn" : "tool_use";
}

function usage(output: number): Json {
  return {
    input_tokens: 100,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
  };
}

function stream(exchange: Exchange, answer: Answer, { message, asked }: { message: Json; asked: Asked }): void {
  const events = openEvents(exchange);
  const send = (type: string, rest: Json): void => events.send({ type, ...rest }, type);
  send("message_start", { message: { ...message, content: [], stop_reason: null, usage: usage(1) } });
  send("content_block_start", { index: 0, content_block: { type: "text", text: "" } });
  send("ping", {});
  for (const piece of pieces(answer.text))
    send("content_block_delta", { index: 0, delta: { type: "text_delta", text: piece } });
  send("content_block_stop", { index: 0 });
  if (answer.call !== undefined) {
    const start = { ...toolUse(answer.call.tool, asked), input: {} };
    send("content_block_start", { index: 1, content_block: start });
    for (const piece of pieces(JSON.stringify(answer.call.input)))
      send("content_block_delta", { index: 1, delta: { type: "input_json_delta", partial_json: piece } });
    send("content_block_stop", { index: 1 });
  }
  send("message_delta", {
    delta: { stop_reason: stopReason(answer), stop_sequence: null },
    usage: { output_tokens: 20 },
  });
  send("message_stop", {});
  events.end();
}
