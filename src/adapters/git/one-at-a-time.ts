// Runs asynchronous work of one owner strictly in the order in which it was asked for.

/** The returned function starts its work when all work before it has settled, however that ended. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => {});
    return mine;
  };
}
