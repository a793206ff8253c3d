// What a run told: its event file as typed events.

import { readFileSync } from "node:fs";
import type { Event, EventType } from "../../src/events/types.js";

export type EventOf<T extends EventType> = Extract<Event, { readonly type: T }>;

export function eventsIn(file: string): readonly Event[] {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Event);
}

export function eventsOf<T extends EventType>(file: string, type: T): readonly EventOf<T>[] {
  return eventsIn(file).filter((event): event is EventOf<T> => event.type === type);
}
