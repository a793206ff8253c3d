// Google's Gemini API, as far as agents use it: POST /v1beta/models/NAME:generateContent and :streamGenerateContent, with functions.
import type { Exchange } from "../egress/origin.js";
import { answerJson, openEvents, pieces } from "./events.js";
import { isRecord, type Json, records, text } from "./json.js";
import type { Asked, Model } from "./model.js";

/** For accounts the same stands in another envelope. */
const ACCOUNT_ROUTE = /^\/v1internal:(generateContent|streamGenerateContent)$/;
const ROUTE = /^\/v1beta\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

function requestOf(path: string, whole: Json): { readonly model: string | undefined; readonly body: Json } {
  if (!ACCOUNT_ROUTE.test(path)) return { model: ROUTE.exec(path)?.[1], body: whole };
  return { model: text(whole["model"]), body: isRecord(whole["request"]) ? whole["request"] : {} };
}

export function readGenerate(path: string, whole: Json): Asked | undefined {
  const { model, body } = requestOf(path, whole);
  if (model === undefined) return undefined;
  const contents = records(body["contents"]);
  const parts = contents.flatMap((content) => records(content["parts"]));
  const responses = parts.flatMap((part) => (isRecord(part["functionResponse"]) ? [part["functionResponse"]] : []));
  const last = contents.findLast((content) => content["role"] === "user");
  return {
    model,
    tools: records(body["tools"]).flatMap((tool) =>
      records(tool["functionDeclarations"]).map((each) => text(each["name"])),
    ),
    results: responses.map(({ response }) =>
      isRecord(response) ? text(response["output"] ?? response["error"] ?? JSON.stringify(response)) : "",
    ),
    prompt: records(last?.["parts"])
      .map((part) => text(part["text"]))
      .join(""),
  };
}

/** Some of the agent's own questions want JSON of a form that they give: the first value that fits. */
function sample(schema: unknown): unknown {
  if (!isRecord(schema)) return null;
  const [first] = Array.isArray(schema["enum"]) ? schema["enum"] : [];
  if (first !== undefined) return first;
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  switch (text(schema["type"]).toLowerCase()) {
    case "object":
      return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, sample(each)]));
    case "array":
      return [];
    case "string":
      return "as it is";
    case "boolean":
      return false;
    default:
      return 1;
  }
}

export function answerGenerate(exchange: Exchange, whole: Json, model: Model, asked: Asked): void {
  const isAccount = isRecord(whole["request"]);
  const body = isRecord(whole["request"]) ? whole["request"] : whole;
  const config = isRecord(body["generationConfig"]) ? body["generationConfig"] : {};
  const schema = config["responseJsonSchema"] ?? config["responseSchema"];
  const answer = schema === undefined ? model(asked) : { text: JSON.stringify(sample(schema)) };
  const frame = (parts: readonly Json[], finish?: string): Json => {
    const response = answerOf(asked, parts, finish);
    return isAccount ? { response, traceId: "trace" } : response;
  };
  const call = answer.call === undefined ? [] : [{ functionCall: { name: answer.call.tool, args: answer.call.input } }];
  const streams = exchange.path.endsWith(":streamGenerateContent") || exchange.query.includes("alt=sse");
  if (!streams) {
    answerJson(exchange, frame([{ text: answer.text }, ...call], "STOP"));
    return;
  }
  const events = openEvents(exchange);
  for (const piece of pieces(answer.text)) events.send(frame([{ text: piece }]));
  events.send(frame(call, "STOP"));
  events.end();
}

function answerOf(asked: Asked, parts: readonly Json[], finish?: string): Json {
  return {
    candidates: [
      { index: 0, content: { role: "model", parts }, ...(finish === undefined ? {} : { finishReason: finish }) },
    ],
    usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 20, totalTokenCount: 120 },
    modelVersion: asked.model,
    responseId: `response-${asked.results.length}`,
  };
}
