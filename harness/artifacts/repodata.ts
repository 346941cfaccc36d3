/** The lists of a repository, in its folder `repodata`: gzip, which yum 3 reads, and no database, which it makes itself. */
export const listNames = ["repomd.xml", "primary.xml.gz", "filelists.xml.gz", "other.xml.gz"].map(
  (name) => `repodata/${name}`,
);

/** The command that makes them; equal files make equal lists, but for the times of the files. */
export const listsCommand = (folder: string): [string, ...string[]] => [
  "createrepo_c",
  "--simple-md-filenames",
  "--no-database",
  "--general-compress-type=gz",
  "--checksum=sha256",
  "--revision=0",
  "--set-timestamp-to-revision",
  folder,
];
