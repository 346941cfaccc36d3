const mask = "[redacted]";

/** Values that are secret wherever they stand: keys in kubeconfigs, tokens in flags, headers and settings. */
const inline: readonly RegExp[] = [
  /((?:client-key-data|client-certificate-data|token|password)["']?\s*[:=]\s*["']?)[^\s"',]{8,}/gi,
  /(--token[= ]["']?)[^\s"']{8,}/g,
  /(Bearer\s+)[\w.~+/-]{8,}=*/g,
  /(BOOTSTRAP_TOKEN=["']?)[^\s"']+/g,
];

const keyBegin = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const keyEnd = /-----END [A-Z ]*PRIVATE KEY-----/;

/**
 * Takes secrets out of text, line by line, so that output can be recorded as it streams.
 * `secrets` are literal values known beforehand, such as the bootstrap token of the guide.
 */
export class Redactor {
  readonly #secrets: readonly string[];
  #insideKey = false;
  #partial = "";

  constructor(secrets: readonly string[] = []) {
    this.#secrets = secrets.filter((secret) => secret.length >= 8);
  }

  /** Another one with the same secrets, for another stream. */
  fresh(): Redactor {
    return new Redactor(this.#secrets);
  }

  /** Redacts whole text at once. */
  text(text: string): string {
    const fresh = this.fresh();
    return fresh.push(text) + fresh.end();
  }

  /** A value with every text in it redacted, however deep it lies. */
  value<T>(value: T): T;
  value(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((item) => this.value(item as unknown));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.value(item as unknown)]));
  }

  /** Takes the next chunk, returns what is safe to record: all complete lines. */
  push(chunk: string): string {
    const lines = (this.#partial + chunk).split("\n");
    this.#partial = lines.pop() ?? "";
    return lines.map((line) => this.#line(line) + "\n").join("");
  }

  /** The rest, once no more chunks come. */
  end(): string {
    const rest = this.#partial === "" ? "" : this.#line(this.#partial);
    this.#partial = "";
    return rest;
  }

  #line(line: string): string {
    if (this.#insideKey) {
      if (keyEnd.test(line)) this.#insideKey = false;
      return mask;
    }
    if (keyBegin.test(line)) {
      this.#insideKey = !keyEnd.test(line);
      return line.slice(0, line.search(keyBegin)) + mask;
    }
    const known = this.#secrets.reduce((text, secret) => text.replaceAll(secret, mask), line);
    return inline.reduce((text, pattern) => text.replace(pattern, `$1${mask}`), known);
  }
}
