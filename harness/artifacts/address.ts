/** An address without query and fragment. */
export const bareAddress = (address: string): string => address.replace(/[?#].*$/, "");

/** The last part of an address's path: the name under which wget saves what is there. */
export const nameIn = (address: string): string => bareAddress(address).replace(/^.*\//, "");

/** File in a set's folder that tells which addresses a file answers: name, tab, address; a line an address. */
export const addressesFile = "addresses.tsv";

/** A file of a set, and the addresses that it answers. */
export type Answering = { readonly name: string; readonly urls: readonly string[] };

/** Content of `addressesFile`. */
export const addressLines = (files: readonly Answering[]): string =>
  files.flatMap(({ name, urls }) => urls.map((url) => `${name}\t${url}\n`)).join("");

/** By address: name of the file that answers it. */
export const namesByAddress = (files: readonly Answering[]): Record<string, string> =>
  Object.fromEntries(files.flatMap(({ name, urls }) => urls.map((url) => [url, name])));
