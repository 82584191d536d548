// A failed step waits before it is tried again, longer each time. It never makes another one wait. Pure but for its clock.

const LONGEST_MS = 60_000;

export class Retries {
  private readonly failures = new Map<string, { count: number; at: number }>();

  constructor(
    private readonly waitMs: number,
    private readonly clock: () => number = () => performance.now(),
  ) {}

  failed(key: string): void {
    const count = (this.failures.get(key)?.count ?? 0) + 1;
    this.failures.set(key, { count, at: this.clock() });
  }

  succeeded(key: string): void {
    this.failures.delete(key);
  }

  mayTry(key: string): boolean {
    const failure = this.failures.get(key);
    if (!failure) return true;
    return this.clock() - failure.at >= Math.min(this.waitMs * 2 ** (failure.count - 1), LONGEST_MS);
  }
}
