/** What stands in a secret's place. */
export const mask = "[redacted]";

/** How a secret looks: `secret` is taken out, `before` and `after` stay; `accepts` says which of the matches are one. */
type Form = {
  readonly pattern: RegExp;
  readonly accepts?: (found: Found) => boolean;
  /** Whether the value is one wherever it stands later, without its form; of a list, each of its words. */
  readonly remembered?: boolean | "each";
};

type Found = { readonly before: string; readonly secret: string; readonly quote?: string };

const names = String.raw`token|passw(?:or)?d|passphrase|(?:(?<![a-z])|ssh)pass|(?<=_)pwd|(?<![a-z])psk|secret|(?:api|access|secret|private|auth|encryption|master)[_-]?key|client-(?:key|certificate)-data`;

/** Names of settings, flags, variables and fields whose value is a secret. */
const secretName = new RegExp(String.raw`^[\w.-]*(?:${names})$`, "i");
const name = String.raw`(?<![\w.-])[\w.-]*(?:${names})`;

/**
 * A value in quotes to its closing quote, which has as many backslashes as the opening one; or one word. YAML writes an
 * apostrophe in quotes as `''`, the shell as `'\''`.
 */
const value = String.raw`(?:(?<quoted>\\*(?<quote>["'])|%22)(?<secret>(?:'(?:\\')?'|(?!(?<!\\)\k<quoted>).)*)|(?!\[redacted\])(?<secret>(?:\\[^\s"'\\]|\$\{[^}]*\}|[^\s"'\\&;)}\]])+))`;

const isLong = (text: string): boolean => text.length >= 8 && /\d/.test(text);

/** Variables, commands, placeholders, and words that say that there is no secret. */
const harmless =
  /^(?:\$(?:\w+$|\{[^}]*\}$|\()|`|<[^>]*>$|\{\{.*\}\}$|\(\*|(?:true|false|null|none|invalid|expired|missing|unknown|required)(?![\w-]))/i;

/** Only in folders that guides use: a random value may begin with a slash, too. */
const path = /^(?:~|\.{1,2}|\/(?:dev|etc|home|k8s|opt|root|run|srv|tmp|usr|var))(?:\/[\w.@*-]+)+\/?$/;

/** A cluster's name at its start, which etcd calls a token. */
const noSecret = /initial[_-]cluster[_-]token\W*$/i;

const isValue = ({ before, secret, quote }: Found): boolean => {
  if (harmless.test(secret) || path.test(secret) || noSecret.test(before.replace(/[\s=:"'\\,]+$/, "")))
    return false;
  const sure = quote !== undefined || /(?:=|%3D)>?\s*$/i.test(before);
  return sure ? secret.length >= 6 : isLong(secret);
};

/** A value where nothing else can stand. */
const isWord = ({ secret }: Found): boolean => secret.length >= 6 && !harmless.test(secret);

/** A value behind what `before` matches, and before what `after` does, that is remembered. */
const valueAfter = (
  before: string,
  accepts: (found: Found) => boolean,
  { flags = "g", after = "" } = {},
): Form => ({
  pattern: new RegExp(`(?<before>${before})${value}${after}`, flags),
  accepts,
  remembered: true,
});

const forms: readonly Form[] = [
  // Settings, environment files, YAML, JSON, and JSON inside of strings.
  valueAfter(String.raw`${name}(?:\\*["']|%22)?\s*(?:=>?|:=?|%3D|%3A)\s*`, isValue, { flags: "gi" }),
  // Flags with their value as the next word, or the next element of a list.
  valueAfter(String.raw`(?<![\w-])--[\w-]*(?:${names})(?:\s+|\\*["']\s*,\s*)(?!-)`, isValue, { flags: "gi" }),
  {
    pattern:
      /(?<before>\bAuthorization\\*["']?\s*[:=]\s*\\*["']?(?:Bearer|Basic|Token)\s+)(?<secret>[^\s"'\\]+)/gi,
  },
  {
    pattern: /(?<before>\bBearer\s+)(?<secret>[\w.~+/-]{8,}(?![\w.~+/-]|="\w)=*)/gi,
    accepts: ({ secret }) => isLong(secret),
    remembered: true,
  },
  // User info of an address: a password, or a token alone. No scheme is longer; a text without a blank may be.
  { pattern: /(?<before>\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/?#"'@:]*:)(?<secret>[^\s/"]+)(?=@)/gi },
  {
    pattern: /(?<before>\b[a-z][a-z0-9+.-]{0,30}:\/\/)(?<secret>[^\s/?#"'@:]+)(?=@)/gi,
    accepts: ({ secret }) => isLong(secret),
  },
  {
    pattern:
      /(?<before>(?:^|\s)(?:-[a-zA-Z]*[uU]|--(?:proxy-)?user)[\s=]+\\*["']?(?!\+)[^\s:"']+:)(?!\/\/)(?<secret>[^\s"'\\]{6,})/g,
    accepts: ({ secret }) => !/^\d+$/.test(secret),
    remembered: true,
  },
  {
    pattern: /(?<before>\s-[a-z]*u[^\s:"']+:)(?<secret>[^\s"'\\]+)/gi,
    accepts: ({ secret }) => isLong(secret),
  },
  // Programs that take a password by one letter, from a pipe, or as it was printed.
  valueAfter(String.raw`\b(?:docker\s+login|sshpass|mysql(?:dump|admin)?)\b[^|;&]{0,200}?\s-p\s*`, isValue, {
    flags: "gi",
  }),
  valueAfter(String.raw`\bopenssl\s+passwd\s+(?:-salt\s+\S{1,100}\s+|-\w{1,20}\s+){0,9}(?!-)`, isWord),
  // A file and a user come before it; `-n` takes no file.
  valueAfter(
    String.raw`\bhtpasswd(?:\s+-\w{1,20}){1,9}\s+\S{1,100}(?:(?<!\s-\w{0,20}n\w{0,20}(?:\s+-\w{1,20}){0,9}\s+\S{1,100})\s+\S{1,100})?\s+`,
    (found) => /\s-\w*b/.test(found.before) && isWord(found),
  ),
  {
    pattern:
      /(?<before>(?:(?<![^\s"'])|(?<=\\n))[\w.-]+:)(?<secret>[^\s"'\\]{6,})(?=\\*["']?\s*\|\s*(?:sudo\s+)?chpasswd)/g,
    remembered: true,
  },
  valueAfter(String.raw`\b(?:echo|printf)\s+(?:-\w+\s+|\\*["']?%s(?:\\+n)?\\*["']?\s+){0,3}`, isWord, {
    after: String.raw`(?=\\*["']?\s*\|[^|;&]{0,200}?\s-?-(?:password-)?stdin\b)`,
  }),
  valueAfter(String.raw`\s-?-(?:password-)?stdin\b[^|;&<]{0,100}<<<\s*`, isWord),
  // What Docker's settings have of a registry: base64 of user and password.
  { pattern: /(?<before>["']auth\\*["']\s*:\s*\\*["'])(?<secret>[A-Za-z\d+/]{8,}={0,2})/g, remembered: true },
  // An entry of an environment, as Kubernetes' objects and Docker's have it.
  valueAfter(
    String.raw`\\*["']?name\\*["']?\s*:\s*\\*["']?[\w.-]*(?:${names})\\*["']?\s*,\s*\\*["']?value\\*["']?\s*:\s*`,
    isValue,
    { flags: "gi" },
  ),
  {
    pattern: new RegExp(String.raw`(?<before>${name}s(?:\\*["'])?\s*[:=]\s*\[)(?<secret>[^\]]*)`, "gi"),
    accepts: ({ secret }) => secret.split(/[\s,"'\\]+/).some(isLong),
    remembered: "each",
  },
  valueAfter(String.raw`${name}=\\*["']?\$\((?:echo|printf)\s+(?:-\w+\s+)*`, isValue, { flags: "gi" }),
  // The API server's static tokens: token,user,uid[,"groups"].
  {
    pattern:
      /(?<before>(?<![^\s"'])(?:\\n)?|(?<=\\n))(?<secret>[\w.-]{16,})(?=(?:\\*")?,[\w:@.-]+,(?:\d+(?![\w:.-])|[\w-]+,\\*"))/g,
    accepts: ({ secret }) => isLong(secret),
    remembered: true,
  },
  // JSON Web Tokens, whole or cut, and the cluster's own bootstrap tokens.
  { pattern: /(?<![\w-])(?<secret>eyJ[\w-]{10,}(?:\.[\w-]*){0,2})/g },
  {
    pattern: /(?<![\w.-])(?<secret>[a-z0-9]{6}\.[a-z0-9]{16})(?![\w.-])/g,
    accepts: ({ secret }) => /\d/.test(secret),
    remembered: true,
  },
  // A line that is 16 random bytes in hexadecimal, or 32 in base64: how a guide's reader makes a token or a key.
  {
    pattern: /^(?<before>\s*)(?<secret>[\da-f]{32}|[A-Za-z\d+/]{43}=)(?=\s*$)/g,
    remembered: true,
  },
  // A line of a PEM or base64 file without its head.
  {
    pattern:
      /^(?<before>\s*)(?=[A-Za-z\d+/]{60})(?<secret>(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z\d+/]+={0,2})(?=\s*$)/g,
  },
];

const asked = new RegExp(String.raw`${names}|(?<![a-z])(?:pin|passcode)(?![a-z])`, "i");
const choice = /[[(][^\s\])]*\/[^\s\])]*[\])]/;

/** Whether what a program asks for is a secret, by the words in which it asks; what offers a choice asks for that. */
export const asksForSecret = (prompt: string): boolean => asked.test(prompt) && !choice.test(prompt);

/** Takes out of a line what looks like a secret. `met` is told of each that is to be known from then on. */
export function redactForms(line: string, met: (secret: string) => void = () => undefined): string {
  return forms.reduce(
    (text, { pattern, accepts, remembered = false }) =>
      text.replace(pattern, (whole: string, ...rest: readonly unknown[]) => {
        const { before = "", quoted = "", secret = "", quote } = groupsOf(rest);
        if (secret === mask || secret === "") return whole;
        if (accepts && !accepts({ before, secret, ...(quote !== undefined && { quote }) })) return whole;
        if (remembered === "each")
          secret
            .split(/[\s,"'\\]+/)
            .filter(isLong)
            .forEach(met);
        else if (remembered) met(secret);
        return `${before}${quoted}${mask}`;
      }),
    line,
  );
}

/** A name at a line's end, whose value the next line has. */
const open = new RegExp(
  String.raw`(?:${name}s?\\*["']?\s*[:=]|(?<![\w-])--[\w-]*(?:${names})(?:=|\s+)\\|^[-\s]*["']?name["']?:\s*["']?[\w.-]*(?:${names})["']?,?)\s*$`,
  "i",
);
const nextLine =
  /^(?<before>\s*(?:- |["']?value["']?:\s+)?\\*["']?)(?<secret>[^\s"'\\]+)(?=\\*["']?,?\s*\\?$)/;

/** Whether the value of a line's last name must stand in the next line. */
export const isOpen = (line: string): boolean => open.test(line);

/** A line that is a value after such a name, without it; `met` is told of it. Any other line as it is. */
export const redactNext = (line: string, met: (secret: string) => void): string =>
  line.replace(nextLine, (whole: string, ...rest: readonly unknown[]) => {
    const { before = "", secret = "" } = groupsOf(rest);
    if (!isLong(secret) || /[:{[]$/.test(secret) || harmless.test(secret) || path.test(secret)) return whole;
    met(secret);
    return before + mask;
  });

/** A field of YAML whose secret follows in lines further in, or one that `openssl -text` prints of a private key. */
const block = new RegExp(
  String.raw`^(?<indent>\s*)(?:(?:- )?["']?[\w.-]*(?:${names})["']?:\s*[|>][-+\d]*|(?:privateExponent|prime[12]|exponent[12]|coefficient|priv):)\s*$`,
  "i",
);

/** How far in a field stands whose secret follows in lines of its own; undefined if the line has none. */
export const blockIndent = (line: string): number | undefined => block.exec(line)?.groups?.["indent"]?.length;

const groupsOf = (rest: readonly unknown[]): Partial<Record<string, string>> => Object(rest.at(-1));

/** Whether a field of this name, or one of several such, has a secret as its value. */
export const isSecretField = (field: string, secret: string): boolean =>
  [field, field.replace(/s$/i, "")].some((each) => secretName.test(each)) &&
  isValue({ before: field, secret, quote: '"' });
