/** An address without user name and password, for messages; what is no address stays as it is. */
export function shownAddress(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.username === "" && url.password === "") return address;
  url.username = "";
  url.password = "";
  return url.href;
}

/** An address without user name and password, and the header that carries these to its host alone. */
export function withoutCredentials(address: string): { readonly url: URL; readonly authorization?: string } {
  const url = new URL(address);
  if (url.username === "" && url.password === "") return { url };
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = "";
  url.password = "";
  return { url, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}
