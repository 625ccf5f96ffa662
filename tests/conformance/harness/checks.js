// Runs checks one after the other, counts them, and remembers what failed.

// A check that hangs is a failed one.
const LONGEST = 30_000;

/** The checks of one run: what passed, what failed, how many each part had. */
export class Checks {
  passed = 0;
  failed = [];
  counts = new Map();

  /** Gives `part` a function by which it names and runs its checks. */
  forPart(part) {
    this.counts.set(part, 0);
    return (name, work) => this.#run(part, name, work);
  }

  async #run(part, name, work) {
    this.counts.set(part, this.counts.get(part) + 1);
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`took longer than ${LONGEST} ms`)), LONGEST);
    });
    try {
      await Promise.race([work(), late]);
      this.passed += 1;
    } catch (error) {
      this.failed.push(`${part}: ${name}`);
      console.log(`FAILED  ${part}: ${name}\n        ${explained(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Notes a failure that is not one of a check: a part that broke, or ran too few. */
  fail(what, error) {
    this.failed.push(what);
    console.log(`FAILED  ${what}${error ? `\n        ${explained(error)}` : ''}`);
  }
}

function explained(error) {
  return String(error?.stack ?? error).split('\n').join('\n        ');
}
