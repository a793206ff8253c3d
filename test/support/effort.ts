// What a piece of work costs this process, in milliseconds: the clock's time, or the processor's where that is less. The clock alone also
// counts what else the machine does meanwhile, the processor's time alone also counts the threads of V8 beside.

/** Starts to measure; the function that it returns says how much it was until then. */
export function effort(): () => number {
  const [started, before] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - started, (user + system) / 1000);
  };
}
