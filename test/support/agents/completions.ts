// OpenAI's Chat Completions, which most local model servers speak too: POST /v1/chat/completions with and without a stream.
import type { Exchange } from "../egress/origin.js";
import { answerJson, openEvents, pieces } from "./events.js";
import { flatText, isRecord, type Json, records, text } from "./json.js";
import type { Answer, Asked, Model } from "./model.js";

export function readCompletions(path: string, body: Json): Asked | undefined {
  if (path !== "/v1/chat/completions") return undefined;
  const messages = records(body["messages"]);
  const functions = records(body["tools"]).map((tool) => (isRecord(tool["function"]) ? tool["function"] : {}));
  return {
    model: text(body["model"]),
    tools: functions.map((each) => text(each["name"])),
    results: messages.filter((message) => message["role"] === "tool").map((message) => flatText(message["content"])),
    prompt: flatText(messages.findLast((message) => message["role"] === "user")?.["content"]),
  };
}

export function answerCompletions(exchange: Exchange, body: Json, model: Model, asked: Asked): void {
  const answer = model(asked);
  if (body["stream"] === true) stream(exchange, answer, asked);
  else whole(exchange, answer, asked);
}

function whole(exchange: Exchange, answer: Answer, asked: Asked): void {
  const calls = answer.call === undefined ? {} : { tool_calls: [toolCall(answer.call, asked)] };
  const message = { role: "assistant", content: answer.text, ...calls };
  const choice = { index: 0, message, finish_reason: finish(answer) };
  answerJson(exchange, { ...frame("chat.completion", asked), choices: [choice], usage: usage() });
}

function frame(object: string, asked: Asked): Json {
  return { id: `chatcmpl-${asked.results.length}`, object, created: 1_700_000_000, model: asked.model };
}

function toolCall(call: { readonly tool: string; readonly input: Json }, asked: Asked) {
  const id = `call_step${asked.results.length}`;
  return { id, type: "function", function: { name: call.tool, arguments: JSON.stringify(call.input) } };
}

function finish(answer: Answer): string {
  return answer.call === undefined ? "stop" : "tool_calls";
}

function usage(): Json {
  return { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
}

function stream(exchange: Exchange, answer: Answer, asked: Asked): void {
  const events = openEvents(exchange);
  const chunk = frame("chat.completion.chunk", asked);
  const send = (delta: Json, end: string | null = null): void =>
    events.send({ ...chunk, choices: [{ index: 0, delta, finish_reason: end }] });
  send({ role: "assistant", content: "" });
  for (const piece of pieces(answer.text)) send({ content: piece });
  if (answer.call !== undefined) {
    const call = toolCall(answer.call, asked);
    send({ tool_calls: [{ ...call, index: 0, function: { name: call.function.name, arguments: "" } }] });
    for (const piece of pieces(call.function.arguments))
      send({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
  }
  send({}, finish(answer));
  events.send({ ...chunk, choices: [], usage: usage() });
  events.end("[DONE]");
}
