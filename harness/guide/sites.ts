/** Sites that are closed, or out of order again and again, and what holds the same files. */
export const closedSites: Readonly<Record<string, string>> = {
  "pkg.cfssl.org": "https://github.com/cloudflare/cfssl/releases/download/1.2.0/ has the same files",
  "mirror.centos.org": "http://vault.centos.org has the packages of CentOS 7",
  "mirrorlist.centos.org": "http://vault.centos.org has the packages of CentOS 7",
};
