/**
 * Tags shell text for machines: `` sh`ip -o address` ``. It stands as it is written: a backslash is the shell's. By the tag
 * the lint finds it, which knows what CentOS 7 has (centos7/lint.ts).
 */
export const sh = String.raw;
