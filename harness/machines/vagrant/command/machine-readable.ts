/** One record of `vagrant --machine-readable`: https://developer.hashicorp.com/vagrant/docs/cli/machine-readable */
export type VagrantRecord = {
  /** Seconds since the epoch. */
  readonly time: number;
  /** The machine it is about; empty if it is about all. */
  readonly target: string;
  readonly type: string;
  readonly data: readonly string[];
};

/** Vagrant writes a comma inside a field so, and line ends as `\n` and `\r`; a backslash it leaves alone. */
const decode = (field: string): string =>
  field.replaceAll("%!(VAGRANT_COMMA)", ",").replaceAll("\\n", "\n").replaceAll("\\r", "\r");

/** Records in the order in which they were written; lines that are none, such as Ruby's warnings, are left out. */
export const parseRecords = (text: string): VagrantRecord[] =>
  text.split("\n").flatMap((line) => {
    const [time = "", target = "", type = "", ...data] = line.replace(/\r$/, "").split(",");
    if (!/^\d+$/.test(time) || type === "") return [];
    return [{ time: Number(time), target, type, data: data.map(decode) }];
  });

/** The error that ended vagrant: its Ruby class, such as `Vagrant::Errors::BoxNotFound`, and its message. */
export function errorExit(
  records: readonly VagrantRecord[],
): { readonly name: string; readonly message: string } | undefined {
  const last = records.findLast(({ type }) => type === "error-exit");
  return last && { name: last.data[0] ?? "", message: last.data.slice(1).join("\n").trim() };
}

/** What vagrant told a person, in plain lines: for the tail of an error, and for progress. */
export const spoken = (records: readonly VagrantRecord[]): string =>
  records
    .filter(({ type }) => type === "ui")
    .map(({ data }) => data.slice(1).join(","))
    .join("\n");
