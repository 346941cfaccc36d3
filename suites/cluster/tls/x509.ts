// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first
import "reflect-metadata";

/** X.509 beyond node:crypto: extensions, and certificates of our own making. */
export * from "@peculiar/x509";
